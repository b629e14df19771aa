import { data, outlet } from "@shared/api/client";
import { PrintButton } from "./print-button";
import { usePrintText } from "./text";

/** Prints the paper of a refund once more. */
export function PrintRefund({ id }: { id: string }) {
  const t = usePrintText();
  return (
    <PrintButton
      minor
      send={(key) =>
        data(
          outlet.POST("/api/v1/refunds/{id}/print", {
            params: { path: { id }, header: { "Idempotency-Key": key } },
            body: {},
          }),
        )
      }
    >
      {t("print.refund")}
    </PrintButton>
  );
}
