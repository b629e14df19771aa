// What a discount comes to, shown before it is given. The same rules as `crates/domain`; the server decides.

import { typedAmount } from "@shared/money";
import { typedPercent } from "@shared/percent";

export type DiscountKind = "percent" | "amount" | "compliment";

/** Basis points of the whole. */
const WHOLE_BP = 10_000;

/** What somebody typed for a discount: a percentage or an amount. */
export type Asked = { kind: "percent"; bp: number } | { kind: "amount"; value: number } | { kind: "compliment" };

/** Why it is no discount. */
export type Refusal = "nothing" | "unreadable" | "over";

/** `10`, `12,5` or `12.5` percent; an amount such as `20.000`. */
export function asked(kind: DiscountKind, text: string): Asked | Refusal {
  if (kind === "compliment") return { kind };
  if (text.trim() === "") return "nothing";
  if (kind === "amount") {
    const value = typedAmount(text) ?? 0;
    return value > 0 ? { kind, value } : "nothing";
  }
  const bp = typedPercent(text);
  if (bp === null || bp < 0) return "unreadable";
  if (bp === 0) return "nothing";
  return bp > WHOLE_BP ? "over" : { kind, bp };
}

/** What it takes off `base`, in rupiah: half a rupiah counts up, and never more than there is. */
export function comesTo(asked: Asked, base: number): number {
  if (asked.kind === "compliment") return base;
  if (asked.kind === "amount") return Math.min(asked.value, base);
  return Math.floor((base * asked.bp * 2 + WHOLE_BP) / (2 * WHOLE_BP));
}

interface Given {
  kind: string;
  line_id?: string | null;
  amount: number;
}

interface Priced {
  subtotal: number;
  lines: readonly { id: string; amount: number }[];
  discounts: readonly Given[];
}

const sum = (discounts: readonly Given[]) => discounts.reduce((total, { amount }) => total + amount, 0);

/** What earlier discounts have left of a line, or of the order. */
export function baseOf(order: Priced, lineId: string | null): number {
  if (lineId === null) return order.subtotal - sum(order.discounts);
  const amount = order.lines.find(({ id }) => id === lineId)?.amount ?? 0;
  return amount - sum(order.discounts.filter(({ line_id: id }) => id === lineId));
}

/** Whether an order's discounts with this one exceed a limit in basis points; null: there is none. A gift always needs somebody. */
export function needsApproval(order: Priced, asked: Asked, amount: number, limitBp: number | null): boolean {
  if (asked.kind === "compliment") return true;
  if (limitBp === null) return false;
  const given = sum(order.discounts.filter(({ kind }) => kind !== "compliment")) + amount;
  return given * WHOLE_BP > order.subtotal * limitBp;
}
