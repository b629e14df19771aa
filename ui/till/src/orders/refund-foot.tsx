import { Button } from "@mantine/core";
import { IconReceiptRefund } from "@tabler/icons-react";
import { useOnline } from "../api/reach";
import { useText } from "../text";
import classes from "./order-foot.module.css";

/** What can be done with a paid order as long as some of the money was not given back. */
export function RefundFoot({ refund }: { refund: () => void }) {
  const t = useText();
  const online = useOnline();
  return (
    <footer className={classes.foot}>
      {!online && <p>{t("away.order")}</p>}
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
    </footer>
  );
}
