// The carts of this device: the one being filled, those on hold, the one that was just cleared, and the sale that was just made.

import { type Cart, emptyCart, isCart, isEmpty, type Target } from "./cart";
import { stored } from "./store";

export interface HeldCart {
  cart: Cart;
  /** Device time in milliseconds. */
  at: number;
}

/** What the done screen shows. */
export interface Done {
  orderId: string;
  number: string;
  status: "open" | "paid";
  total: number;
  rounding: number;
  change: number;
  tendered: { id: string; method: string; tender_name?: string | null | undefined; amount: number }[];
  table: string | null;
  /** The number to call the guest by, if there is no table. */
  queue: number | null;
  /** The server had recorded it before: an answer was lost. */
  repeated: boolean;
}

export interface Carts {
  current: Cart;
  held: HeldCart[];
  cleared: HeldCart | null;
  done: Done | null;
}

/** How long a cleared cart can be brought back, in milliseconds. */
export const UNDO_MS = 10_000;

export function emptyCarts(): Carts {
  return { current: emptyCart(), held: [], cleared: null, done: null };
}

/** Changes the current cart. A change begins the next sale: the done screen goes, and a cleared cart cannot come back. */
export function change(carts: Carts, work: (cart: Cart) => Cart): Carts {
  return { ...carts, current: work(carts.current), cleared: null, done: null };
}

/** Empties the current cart; `undo` brings it back. */
export function clear(carts: Carts, at: number): Carts {
  if (isEmpty(carts.current)) return carts;
  return { ...carts, current: emptyCart(), cleared: { cart: carts.current, at } };
}

export function undo(carts: Carts): Carts {
  const { cleared } = carts;
  if (cleared === null) return carts;
  if (!isEmpty(carts.current)) return { ...carts, held: [...carts.held, cleared], cleared: null };
  return { ...carts, current: cleared.cart, cleared: null };
}

/** Puts the current cart on hold. */
export function hold(carts: Carts, at: number): Carts {
  if (isEmpty(carts.current)) return carts;
  return { ...carts, current: emptyCart(), held: [...carts.held, { cart: carts.current, at }], cleared: null };
}

/** Takes a cart off hold; the current one, if it is not empty, goes on hold in its place. */
export function resume(carts: Carts, cartId: string, at: number): Carts {
  const found = carts.held.find(({ cart }) => cart.id === cartId);
  if (found === undefined) return carts;
  const others = carts.held.filter((held) => held !== found);
  const held = isEmpty(carts.current) ? others : [...others, { cart: carts.current, at }];
  return { ...carts, current: found.cart, held, cleared: null, done: null };
}

/** What an order that lines are added to tells its cart: for whom it is, and what its charges are. */
export type OpenOrder = Target & Pick<Cart, "orderType" | "channel" | "table" | "customer">;

/** Lets the next products be added to an open order. A cart that was begun for it is taken off hold; another one goes on hold. */
export function addTo(carts: Carts, order: OpenOrder, at: number): Carts {
  const { orderId, number, ...details } = order;
  const isFor = ({ target }: Cart) => target?.orderId === orderId;
  const others = isFor(carts.current) ? carts.held : hold(carts, at).held;
  const begun = isFor(carts.current) ? carts.current : others.find(({ cart }) => isFor(cart))?.cart;
  return {
    current: { ...(begun ?? emptyCart()), ...details, target: { orderId, number } },
    held: others.filter(({ cart }) => cart.id !== begun?.id),
    cleared: null,
    done: null,
  };
}

/** Begins a sale at a table. A cart for an open order goes on hold; another one is moved to the table. */
export function beginAt(carts: Carts, table: string, at: number): Carts {
  const { held, current } = carts.current.target === null ? carts : hold(carts, at);
  const begun = current.target === null ? current : emptyCart();
  return { ...carts, held, current: { ...begun, table, orderType: "dine_in", channel: null } };
}

/** Makes the current cart a sale of its own again. */
export function detach(carts: Carts): Carts {
  return { ...carts, current: { ...carts.current, target: null } };
}

/** Throws a held cart away; `undo` brings it back into the current cart if that is empty, else on hold. */
export function drop(carts: Carts, cartId: string, at: number): Carts {
  const found = carts.held.find(({ cart }) => cart.id === cartId);
  if (found === undefined) return carts;
  return { ...carts, held: carts.held.filter((held) => held !== found), cleared: { cart: found.cart, at } };
}

/** The server has recorded this cart's order. The cart is gone: it cannot be paid again. */
export function finish(carts: Carts, cartId: string, done: Done): Carts {
  const held = carts.held.filter(({ cart }) => cart.id !== cartId);
  const current = carts.current.id === cartId ? emptyCart() : carts.current;
  return { current, held, cleared: null, done };
}

export function isCarts(value: unknown): value is Carts {
  const carts = value as Partial<Carts> | null;
  const isHeld = (held: unknown) => isCart((held as Partial<HeldCart> | null)?.cart);
  return isCart(carts?.current) && Array.isArray(carts.held) && carts.held.every(isHeld);
}

export const carts = stored("gerai.till.carts", emptyCarts(), isCarts);
