import { Button } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { ErrorNote } from "@shared/parts/error-note";
import { Qr } from "@shared/parts/qr";
import { IconQrcode } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import { PrintButton } from "./print-button";
import classes from "./print-sheet.module.css";
import { usePrintText } from "./text";

interface Props {
  orderId: string;
  /** A bill is printed until it is paid. */
  paid: boolean;
  close: () => void;
}

/** Prints the receipt or the bill of an order, and shows the guest the receipt as a code. */
export default function PrintSheet({ orderId, paid, close }: Props) {
  const t = usePrintText();
  const common = useText();
  const params = (key: string) => ({ path: { id: orderId }, header: { "Idempotency-Key": key } });
  const link = useMutation({
    mutationFn: () =>
      data(outlet.POST("/api/v1/orders/{id}/receipt-link", { params: params(`receipt link of ${orderId}`) })),
  });
  return (
    <Sheet
      opened
      close={close}
      title={t(paid ? "print.receipt" : "print.bill")}
      foot={
        <Button size="lg" fullWidth variant="default" onClick={close}>
          {common("action.close")}
        </Button>
      }
    >
      <div className={classes.acts}>
        <PrintButton
          send={(key) =>
            data(
              outlet.POST("/api/v1/orders/{id}/print", {
                params: params(key),
                body: { kind: paid ? "receipt" : "bill" },
              }),
            )
          }
        >
          {t(paid ? "print.receipt.act" : "print.bill.act")}
        </PrintButton>
        {paid && link.data === undefined && (
          <Button
            size="lg"
            fullWidth
            variant="default"
            leftSection={<IconQrcode size={22} aria-hidden />}
            loading={link.isPending}
            onClick={() => link.mutate()}
          >
            {t("print.code")}
          </Button>
        )}
        {link.isError && <ErrorNote error={link.error} />}
        {link.data !== undefined && <Code link={link.data} />}
      </div>
    </Sheet>
  );
}

/** The guest scans it. Without an address for guests it is this till's, which they reach in the shop's Wi-Fi. */
function Code({ link }: { link: components["schemas"]["ReceiptLink"] }) {
  const t = usePrintText();
  const address = link.url ?? `${location.origin}${link.path}`;
  return (
    <div className={classes.code}>
      <Qr text={address} label={t("print.code.label")} />
      <p>{t(link.url ? "print.code.scan" : "print.code.wifi")}</p>
      <a href={link.path} target="_blank" rel="noreferrer">
        {t("print.code.open")}
      </a>
    </div>
  );
}
