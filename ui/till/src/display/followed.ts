import type { Order } from "../api/orders";
import { Store } from "../state/store";

/** A customer display follows this till. The status says so, and the answers to what is published. */
export const followed = new Store(false);

/** The code of a payment that is on the screen, and whom it pays. */
export const shownCode = new Store<{ payload: string; amount: number; merchant: string; nmid: string | null } | null>(
  null,
);

/** The order whose payment is on the screen. */
export const shownOrder = new Store<Order | null>(null);
