import { useCallback } from "react";
import type { Ticket } from "./api";
import { useText } from "./text";

/** What people call a ticket: its table, its queue number, or the last digits of its order's number. */
export function useHead(): (ticket: Pick<Ticket, "table_number" | "queue_no" | "order_number">) => string {
  const t = useText();
  return useCallback(
    ({ table_number: table, queue_no: queue, order_number: number }) => {
      if (table != null && table !== "") return t("ticket.table", { table });
      if (queue != null) return t("ticket.queue", { number: queue });
      return t("ticket.number", { number: number.split("-").at(-1) ?? number });
    },
    [t],
  );
}
