import type { Order } from "../api/orders";

/** The sheet over an order. */
export type Shown =
  | { what: "info" | "more" | "send" | "move" | "merge" | "split" | "void" | "refund" | "print" }
  | { what: "line" | "void_line"; id: string }
  | { what: "discount"; lineId: string | null }
  | { what: "given" | "payment" | "refunded"; id: string };

/** Whether what a sheet is about is still there: somebody else may have paid the order, or removed the line. */
export function isThere(order: Order, shown: Shown): boolean {
  if (shown.what === "payment") return order.payments.some(({ id }) => id === shown.id);
  if (shown.what === "refunded") return order.refunds.some(({ id }) => id === shown.id);
  if (shown.what === "refund") return order.status === "paid";
  if (shown.what === "print") return order.status !== "void";
  if (order.status !== "open") return false;
  if (shown.what === "given") return order.discounts.some(({ id }) => id === shown.id);
  if (shown.what !== "line" && shown.what !== "void_line") return true;
  return order.lines.some(({ id, voided_at: at }) => id === shown.id && !at);
}
