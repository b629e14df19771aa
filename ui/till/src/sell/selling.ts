// What is happening on the sell screen besides the cart: questions about a product, and what to say about the last scan.

import { forgetFailure } from "../api/sale";
import { addPiece, type Cart } from "../state/cart";
import { carts, change } from "../state/carts";
import { type Catalog, find, type Product } from "../state/catalog";
import { hasChoices, NO_CHOICES, pieceOf, problem } from "../state/choice";
import { Store } from "../state/store";

/** A product that asks something, or a line that is changed. */
export type Question = { kind: "new"; product: Product; variantId: string | null } | { kind: "line"; lineId: string };

/** Questions in their order: a scan may bring the next one while another is open. */
export const questions = new Store<readonly Question[]>([]);

export type Remark = { kind: "unknown"; code: string } | { kind: "sold_out"; name: string } | { kind: "waiting" };

/** Something to say about the last scan or tap; it goes with the next one. */
export const remark = new Store<Remark | null>(null);

export function ask(question: Question): void {
  questions.update((list) => [...list, question]);
}

export function answered(): void {
  questions.update((list) => list.slice(1));
}

/** Changes the cart, unless its order is on the way to the server. */
export function changeCart(isLocked: boolean, work: (cart: Cart) => Cart): void {
  if (isLocked) {
    remark.set({ kind: "waiting" });
    return;
  }
  remark.set(null);
  forgetFailure(carts.get().current.id);
  carts.update((all) => change(all, work));
}

/** A tap on a product. */
export function pick(product: Product, isLocked: boolean, variantId: string | null = null): void {
  if (!product.available) {
    remark.set({ kind: "sold_out", name: product.name });
    return;
  }
  const choices = { ...NO_CHOICES, variantId };
  const complete = variantId !== null && product.modifier_groups.length === 0 && problem(product, choices) === null;
  if (hasChoices(product) && !complete) {
    if (isLocked) remark.set({ kind: "waiting" });
    else {
      remark.set(null);
      ask({ kind: "new", product, variantId });
    }
    return;
  }
  changeCart(isLocked, (cart) => addPiece(cart, pieceOf(product, choices)));
}

/** A scanned code. */
export function scan(catalog: Catalog | undefined, code: string, isLocked: boolean): void {
  const found = catalog === undefined ? null : find(catalog, code);
  if (found === null) remark.set({ kind: "unknown", code });
  else pick(found.product, isLocked, found.variantId);
}

/** Words under a line: variant, and choices with their numbers. */
export function choicesText(variant: string | null | undefined, modifiers: { name: string; qty: number }[]): string {
  const choices = modifiers.map(({ name, qty }) => (qty > 1 ? `${qty}× ${name}` : name));
  return [...(variant ? [variant] : []), ...choices].join(", ");
}
