import { Button } from "@mantine/core";
import { IconReceiptRefund } from "@tabler/icons-react";
import { useOnline } from "../api/reach";
import { useText } from "../text";
import classes from "./order-foot.module.css";

/** What can be done with a paid order. `refund`: as long as some of the money was not given back. */
export function RefundFoot({ refund, print }: { refund: (() => void) | null; print: () => void }) {
  const t = useText();
  const online = useOnline();
  return (
    <footer className={classes.foot}>
      {!online && <p>{t("away.order")}</p>}
      <div className={classes.row}>
        <Button variant="default" size="lg" fullWidth disabled={!online} onClick={print}>
          {t("receipt")}
        </Button>
        {refund !== null && (
          <Button
            variant="default"
            size="lg"
            fullWidth
            leftSection={<IconReceiptRefund size={22} aria-hidden />}
            disabled={!online}
            onClick={refund}
          >
            {t("refund")}
          </Button>
        )}
      </div>
    </footer>
  );
}
