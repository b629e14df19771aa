// What is happening on the sell screen besides the cart: questions about a product, and what to say about the last scan.

import { forgetFailure } from "../api/sale";
import { type Refused, read, sold } from "../state/barcode";
import { addPiece, type Cart } from "../state/cart";
import { carts, change } from "../state/carts";
import { type Catalog, find, findByScaleCode, type Product } from "../state/catalog";
import { hasChoices, isWeighed, NO_CHOICES, pieceOf, problem } from "../state/choice";
import { Store } from "../state/store";

/** A product that asks something, or a line that is changed. */
export type Question = { kind: "new"; product: Product; variantId: string | null } | { kind: "line"; lineId: string };

/** Questions in their order: a scan may bring the next one while another is open. */
export const questions = new Store<readonly Question[]>([]);

export type Remark =
  | { kind: "unknown"; code: string }
  | { kind: "sold_out"; name: string }
  | { kind: Refused; name: string }
  | { kind: "waiting" };

/** What to say about the last tap, or about the scans since then: nobody looks at the screen between two scans. */
export const remarks = new Store<readonly Remark[]>([]);

const MOST_REMARKS = 3;

function say(remark: Remark): void {
  const text = JSON.stringify(remark);
  remarks.update((list) => [...list.filter((one) => JSON.stringify(one) !== text), remark].slice(-MOST_REMARKS));
}

export function ask(question: Question): void {
  questions.update((list) => [...list, question]);
}

export function answered(): void {
  questions.update((list) => list.slice(1));
}

/** Changes the cart, unless its order is on the way to the server. */
export function changeCart(isLocked: boolean, work: (cart: Cart) => Cart): void {
  if (isLocked) {
    say({ kind: "waiting" });
    return;
  }
  forgetFailure(carts.get().current.id);
  carts.update((all) => change(all, work));
}

/** A tap on a product. */
export function pick(product: Product, isLocked: boolean): void {
  remarks.set([]);
  add(product, null, isLocked);
}

function add(product: Product, variantId: string | null, isLocked: boolean): void {
  if (!product.available) {
    say({ kind: "sold_out", name: product.name });
    return;
  }
  const choices = { ...NO_CHOICES, variantId };
  const complete = variantId !== null && product.modifier_groups.length === 0 && problem(product, choices) === null;
  if (isWeighed(product) || (hasChoices(product) && !complete)) {
    if (isLocked) say({ kind: "waiting" });
    else ask({ kind: "new", product, variantId });
    return;
  }
  changeCart(isLocked, (cart) => addPiece(cart, pieceOf(product, choices)));
}

/** A scanned code. */
export function scan(catalog: Catalog | undefined, code: string, isLocked: boolean): void {
  const found = catalog === undefined ? null : find(catalog, code);
  if (found !== null) add(found.product, found.variantId, isLocked);
  else if (catalog === undefined || !weighed(catalog, code, isLocked)) say({ kind: "unknown", code });
}

/** Adds what a barcode of the scale names; false if it is none. */
function weighed(catalog: Catalog, code: string, isLocked: boolean): boolean {
  const scanned = read(catalog.settings.barcode_patterns ?? [], code);
  const product = scanned && findByScaleCode(catalog, scanned.item);
  if (!product) return false;
  const sale = sold(scanned, product.price, product.qty_scale);
  if (typeof sale === "string") say({ kind: sale, name: product.name });
  else if (!product.available) say({ kind: "sold_out", name: product.name });
  else {
    const piece = { ...pieceOf(product, NO_CHOICES), scanned: { code, amount: sale.amount } };
    changeCart(isLocked, (cart) => addPiece(cart, piece, sale.qty));
  }
  return true;
}

/** Words under a line: variant, and choices with their numbers. */
export function choicesText(variant: string | null | undefined, modifiers: { name: string; qty: number }[]): string {
  const choices = modifiers.map(({ name, qty }) => (qty > 1 ? `${qty}× ${name}` : name));
  return [...(variant ? [variant] : []), ...choices].join(", ");
}
