import { pieces } from "../state/cart";
import { carts } from "../state/carts";
import { usePart } from "../state/store";

/** Pieces in the cart that waits on this device. */
export function useCartCount(): number {
  return usePart(carts, (all) => pieces(all.current));
}
