// What is given back of a paid order, until the server has recorded it. Only the server says what it comes to: its amounts are the
// lines' shares of what was paid, counted from the first refund.

import { standing } from "./payments";
import { METHODS, type Method } from "./tender";

interface Line {
  id: string;
  qty: number;
  /** 0: pieces. What is weighed goes back as a whole. */
  qty_scale: number;
  amount: number;
  discount: number;
  service: number;
  tax: number;
}

interface PaymentRow {
  id: string;
  method: string;
  tender_id?: string | null;
  tender_name?: string | null;
  reverses?: string | null;
}

interface Given {
  lines: readonly { order_line_id: string; qty: number }[];
}

/** How much of a line goes back, in the line's scale, and whether it returns to the stock. */
export interface Piece {
  qty: number;
  restock: boolean;
}

/** By the line's id. */
export type Chosen = Readonly<Record<string, Piece>>;

/** A line of which something goes back. */
export interface Picked<Row extends Line> extends Piece {
  line: Row;
}

const NONE: Piece = { qty: 0, restock: false };

/** What the guest has paid for a line, with its shares of discounts, service and taxes. */
export function paidFor(line: Line): number {
  return line.amount - line.discount + line.service + line.tax;
}

/** How much of a line no refund has given back. */
export function leftOf(line: Line, refunds: readonly Given[]): number {
  const returned = refunds
    .flatMap(({ lines }) => lines)
    .filter(({ order_line_id: id }) => id === line.id)
    .reduce((sum, { qty }) => sum + qty, 0);
  return Math.max(0, line.qty - returned);
}

/** One more piece of a line, or all that is left of it if it is weighed. */
export function more(chosen: Chosen, line: Line, left: number): Chosen {
  const piece = chosen[line.id] ?? NONE;
  return { ...chosen, [line.id]: { ...piece, qty: Math.min(left, line.qty_scale === 0 ? piece.qty + 1 : left) } };
}

/** One piece less, or nothing of a weighed line. */
export function fewer(chosen: Chosen, line: Line): Chosen {
  const piece = chosen[line.id] ?? NONE;
  return { ...chosen, [line.id]: { ...piece, qty: line.qty_scale === 0 ? Math.max(0, piece.qty - 1) : 0 } };
}

/** All that is left of all lines that were paid for. */
export function everything(chosen: Chosen, lines: readonly Line[], refunds: readonly Given[]): Chosen {
  const piece = (line: Line): Piece => ({ ...(chosen[line.id] ?? NONE), qty: leftOf(line, refunds) });
  return Object.fromEntries(lines.filter((line) => paidFor(line) > 0).map((line) => [line.id, piece(line)]));
}

export function turnRestock(chosen: Chosen, line: Line): Chosen {
  const piece = chosen[line.id] ?? NONE;
  return { ...chosen, [line.id]: { ...piece, restock: !piece.restock } };
}

/** The chosen lines. What another till has given back meanwhile is not chosen any more. */
export function picked<Row extends Line>(
  chosen: Chosen,
  lines: readonly Row[],
  refunds: readonly Given[],
): Picked<Row>[] {
  return lines.flatMap((line) => {
    const { qty, restock } = chosen[line.id] ?? NONE;
    const within = Math.min(qty, leftOf(line, refunds));
    return within === 0 ? [] : [{ line, qty: within, restock }];
  });
}

/** Pieces; each weighed line is one. */
export function countOf(picks: readonly Picked<Line>[]): number {
  return picks.reduce((sum, { line, qty }) => sum + (line.qty_scale === 0 ? qty : 1), 0);
}

/** The lines as the server wants them. */
export function returnLines(picks: readonly Picked<Line>[]) {
  return picks.map(({ line, qty, restock }) => ({ line_id: line.id, qty, ...(restock ? { restock } : {}) }));
}

/** A tender that took money: one of the chain's list, or a method without one. */
export interface Taker {
  /** Unique among the tenders of an order: `cash` is all cash. */
  key: string;
  method: Method;
  tender_id?: string;
  tender_name?: string | null | undefined;
}

/** How the money goes back: by the server's rule, a part in cash, or all to the tender with this key. */
export type Way = string;

/** The tenders that took money and were not taken back, the latest first. */
export function takersOf(payments: readonly PaymentRow[]): Taker[] {
  const takers = standing(payments).flatMap(({ method: name, tender_id, tender_name }): Taker[] => {
    const method = METHODS.find((known) => known === name);
    if (method === undefined) return [];
    if (method === "cash" || !tender_id) return [{ key: method, method }];
    return [{ key: tender_id, method, tender_id, tender_name }];
  });
  const latest = takers.reverse();
  return latest.filter(({ key }, at) => latest.findIndex((taker) => taker.key === key) === at);
}

/** The ways to choose from. Cash may return any part; what was paid in cash alone leaves no choice. */
export function waysOf(takers: readonly Taker[]): Way[] {
  const others = takers.map(({ key }) => key).filter((key) => key !== "cash");
  if (others.length === 0) return ["as_paid"];
  if (takers.length === 1) return ["as_paid", "cash", "part_cash"];
  return ["as_paid", ...others, "cash"];
}

interface WayChosen {
  way: Way;
  takers: readonly Taker[];
  /** The part in cash. */
  cash: number | null;
  reference: string;
}

interface PayBack {
  method: Method;
  tender_id?: string;
  amount?: number;
  reference?: string;
}

/** The payments as the server wants them; none: by its own rule. */
export function payBacks({ way, takers, cash, reference }: WayChosen): PayBack[] {
  if (way === "cash") return [{ method: "cash" }];
  const isPart = way === "part_cash";
  const taker = takers.find(({ key }) => (isPart ? key !== "cash" : key === way));
  if (taker === undefined || (isPart && cash === null)) return [];
  const { method, tender_id } = taker;
  const words = reference.trim();
  const back = { method, ...(tender_id && { tender_id }), ...(words !== "" && { reference: words }) };
  return isPart && cash !== null ? [{ method: "cash", amount: cash }, back] : [back];
}
