import { pieces } from "../state/cart";
import { carts } from "../state/carts";
import { usePart } from "../state/store";

/** Pieces in the cart that waits for whoever comes next. */
export function useCartCount(): number {
  return usePart(carts, (all) => pieces(all.current));
}
