// The cart: what the guest buys until the order is at the server. Pure functions; each returns a new cart.

import { v7 } from "uuid";
import { now } from "./server-time";
import type { Tender } from "./tender";
import { MAX_WEIGHT, weighedAmount } from "./weight";

export type OrderType = "dine_in" | "take_away" | "delivery";

/** An option that was chosen for each piece of a line. */
export interface CartModifier {
  id: string;
  group: string;
  name: string;
  /** Price change per piece, in rupiah. */
  price: number;
  qty: number;
}

/** What is put into the cart: a product with its choices, at its price now. */
export interface Piece {
  productId: string;
  name: string;
  variantId: string | null;
  variantName: string | null;
  modifiers: CartModifier[];
  /** Price per piece or unit with variant and modifiers, in rupiah. */
  price: number;
  note: string;
  /** The unit of goods sold by weight, whose quantity is in thousandths of it; absent: pieces. */
  unit?: string;
  /** The barcode of the scale that the line comes from, with the amount that it has. */
  scanned?: { code: string; amount: number };
}

export interface CartLine extends Piece {
  id: string;
  qty: number;
  /** When it was put into the cart, which decides its price. RFC 3339. */
  addedAt?: string;
}

/** An open order that the lines of a cart are added to. */
export interface Target {
  orderId: string;
  number: string;
}

export interface Cart {
  /** Id of the order that this cart becomes. It exists before the first tap on Pay, so that no sale is made twice. */
  id: string;
  /** Idempotency key of the command that sends the cart. A refusal replaces it. */
  key: string;
  lines: CartLine[];
  orderType: OrderType;
  /** The tender of the delivery platform that the order came from; null: the shop's own counter. */
  channel?: string | null;
  table: string | null;
  customer: string | null;
  /** The order that the lines are added to; null: they become an order of their own. */
  target: Target | null;
  /** Money that was taken for this cart and is not at the server yet. */
  tenders: Tender[];
}

/** Most pieces on a line: a wrong scan into the quantity must not sell a million. */
export const MAX_QTY = 9_999;

function mostOf(piece: Piece): number {
  return piece.unit === undefined ? MAX_QTY : MAX_WEIGHT;
}

export function emptyCart(id: string = v7(), key: string = v7()): Cart {
  return { id, key, lines: [], orderType: "dine_in", table: null, customer: null, target: null, tenders: [] };
}

export function isEmpty(cart: Cart): boolean {
  return cart.lines.length === 0;
}

function sameChoices(one: CartModifier[], two: CartModifier[]): boolean {
  const key = (list: CartModifier[]) =>
    list
      .map((modifier) => `${modifier.id}*${modifier.qty}`)
      .sort()
      .join(" ");
  return key(one) === key(two);
}

/** Whether two lines are one: product, variant, choices, note and price are equal. */
export function mergeable(one: Piece, two: Piece): boolean {
  return (
    one.productId === two.productId &&
    one.variantId === two.variantId &&
    one.note === two.note &&
    one.price === two.price &&
    // Each weighing is a line of its own.
    one.unit === undefined &&
    two.unit === undefined &&
    one.scanned === undefined &&
    two.scanned === undefined &&
    sameChoices(one.modifiers, two.modifiers)
  );
}

/** By the server's clock, which decides the price of the moment. */
const momentNow = () => new Date(now()).toISOString();

/** Adds pieces: to a line that is the same in everything, otherwise as a new line. */
export function addPiece(cart: Cart, piece: Piece, qty = 1, lineId: string = v7(), addedAt = momentNow()): Cart {
  const found = cart.lines.find((line) => mergeable(line, piece));
  if (found !== undefined) return setQty(cart, found.id, found.qty + qty);
  return { ...cart, lines: [...cart.lines, { ...piece, id: lineId, qty: Math.min(qty, mostOf(piece)), addedAt }] };
}

/** Sets a line's quantity and leaves its price as it is. 0 removes the line. */
export function setQty(cart: Cart, lineId: string, qty: number): Cart {
  if (qty <= 0) return { ...cart, lines: cart.lines.filter((line) => line.id !== lineId) };
  const set = (line: CartLine) => ({ ...line, qty: Math.min(Math.trunc(qty), mostOf(line)) });
  return { ...cart, lines: cart.lines.map((line) => (line.id === lineId ? set(line) : line)) };
}

/**
 * Replaces the choices or the note of a line. It merges with another line that is now the same. New choices have the prices
 * of now.
 */
export function changeLine(cart: Cart, lineId: string, piece: Piece, qty: number): Cart {
  const twin = cart.lines.find((line) => line.id !== lineId && mergeable(line, piece));
  if (twin !== undefined) return setQty(setQty(cart, lineId, 0), twin.id, twin.qty + qty);
  const changed = {
    ...cart,
    lines: cart.lines.map((line) => {
      if (line.id !== lineId) return line;
      const isSame = mergeable(line, { ...piece, note: line.note });
      return { ...line, ...piece, ...(isSame ? {} : { addedAt: momentNow() }) };
    }),
  };
  return setQty(changed, lineId, qty);
}

/**
 * Changes the quantity of a line. More pieces than it has are added now: at another price they are a line of their own. `now` is
 * such a piece.
 */
export function changeQty(cart: Cart, line: CartLine, now: Piece, qty: number): Cart {
  const noted = { ...line, note: now.note };
  const isSame = now.price === line.price || now.unit !== line.unit || line.scanned !== undefined;
  const more = isSame ? 0 : Math.max(0, qty - line.qty);
  const changed = changeLine(cart, line.id, noted, qty - more);
  return more === 0 ? changed : addPiece(changed, now, more);
}

/** Gives the lines the prices that the server asks now. `prices` are in the order of the lines. */
export function acceptPrices(cart: Cart, prices: number[]): Cart {
  return { ...cart, lines: cart.lines.map((line, at) => ({ ...line, price: prices[at] ?? line.price })) };
}

/** The sum of the lines in rupiah, without service and taxes. */
export function linesTotal(cart: Cart): number {
  return cart.lines.reduce((sum, line) => sum + amountOf(line), 0);
}

/** What a line costs. */
export function amountOf({ price, qty, unit, scanned }: CartLine): number {
  if (scanned !== undefined) return scanned.amount;
  return unit === undefined ? price * qty : weighedAmount(price, qty);
}

/** Pieces of a line; what is weighed is one. */
function piecesOf({ qty, unit }: CartLine): number {
  return unit === undefined ? qty : 1;
}

export function pieces(cart: Cart): number {
  return cart.lines.reduce((sum, line) => sum + piecesOf(line), 0);
}

/** How many pieces of each product the lines have. */
export function piecesByProduct(lines: readonly CartLine[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line.productId, (counts.get(line.productId) ?? 0) + piecesOf(line));
  return counts;
}

/** The lines as the server wants them. */
export function orderLines(cart: Cart) {
  return cart.lines.map((line) => ({
    ...whatOf(line),
    ...(line.variantId === null ? {} : { variant_id: line.variantId }),
    ...(line.modifiers.length === 0 ? {} : { modifiers: line.modifiers.map(({ id, qty }) => ({ id, qty })) }),
    ...(line.note === "" ? {} : { note: line.note }),
    ...(line.addedAt === undefined ? {} : { added_at: line.addedAt }),
  }));
}

function whatOf({ productId, qty, unit, scanned }: CartLine) {
  if (scanned !== undefined) return { barcode: scanned.code };
  return { product_id: productId, qty, ...(unit === undefined ? {} : { qty_scale: 3 }) };
}

/** The order of a cart. Without tenders it stays open. */
export function orderOf(cart: Cart, expectedTotal: number) {
  return {
    id: cart.id,
    order_type: cart.orderType,
    ...(cart.channel == null ? {} : { channel: cart.channel }),
    ...(cart.table === null ? {} : { table_number: cart.table }),
    ...(cart.customer === null ? {} : { customer_name: cart.customer }),
    lines: orderLines(cart),
    ...(cart.tenders.length === 0 ? {} : { payments: cart.tenders }),
    expected_total: expectedTotal,
  };
}

/** Fewer fields than a cart has, or others: the stored text is not a cart of this version. */
export function isCart(value: unknown): value is Cart {
  const cart = value as Partial<Cart> | null;
  return (
    typeof cart?.id === "string" &&
    typeof cart.key === "string" &&
    cart.target !== undefined &&
    Array.isArray(cart.tenders) &&
    Array.isArray(cart.lines) &&
    cart.lines.every((line) => Number.isSafeInteger(line.price) && Number.isSafeInteger(line.qty) && line.qty > 0)
  );
}
