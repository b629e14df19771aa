import { useCatalog } from "../api/catalog";
import type { OrderType } from "../state/cart";
import { useWord } from "../text";

/** How guests receive an order, in a word: the name of the delivery platform, or the type. */
export function useWay(): (order: { order_type: string; channel?: string | null | undefined }) => string {
  const word = useWord();
  const tenders = useCatalog().data?.tenders;
  return ({ order_type: type, channel }) =>
    tenders?.find(({ id }) => id === channel)?.name ?? word(`type.${type as OrderType}`);
}
