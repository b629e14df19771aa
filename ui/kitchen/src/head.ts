import { useCallback } from "react";
import type { Ticket } from "./api";
import { useText } from "./text";

/** What people call a ticket: its table, or the last digits of its order's number. */
export function useHead(): (ticket: Pick<Ticket, "table_number" | "order_number">) => string {
  const t = useText();
  return useCallback(
    ({ table_number: table, order_number: number }) =>
      table == null || table === ""
        ? t("ticket.number", { number: number.split("-").at(-1) ?? number })
        : t("ticket.table", { table }),
    [t],
  );
}
