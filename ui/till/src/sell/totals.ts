// The totals of the cart: the server's, as soon as they are known.

import { useDebouncedValue } from "@mantine/hooks";
import { useRef } from "react";
import { isUnanswered, type Quote, useQuote } from "../api/orders";
import { useOnline } from "../api/reach";
import { useSince } from "../parts/hooks";
import { type Cart, linesTotal } from "../state/cart";

const DEBOUNCE_MS = 50;
const PATIENCE_MS = 400;

export interface Totals {
  /** What the server asks; null while it is unknown. */
  quote: Quote | null;
  /** What to show as the total. */
  shown: number;
  /** It takes longer than people accept without a word. */
  counting: boolean;
  /** The server refuses the cart, for example because a product is sold out. */
  error: unknown;
}

export function useTotals(cart: Cart): Totals {
  const online = useOnline();
  const [asked] = useDebouncedValue(cart, DEBOUNCE_MS);
  const query = useQuote(asked, online);
  const current = asked.lines === cart.lines && asked.orderType === cart.orderType && asked.channel === cart.channel;
  const quote = current ? (query.data ?? null) : null;
  const error = current && !isUnanswered(query.error) ? query.error : null;
  const counting = useSince(quote === null && error === null && online && cart.lines.length > 0, PATIENCE_MS);
  // The last total stays for a moment, so that it does not flicker between the sum of the lines and the total with taxes.
  const last = useRef<number | null>(null);
  if (quote !== null) last.current = quote.total;
  else if (counting || !online || cart.lines.length === 0) last.current = null;
  return { quote, shown: quote?.total ?? last.current ?? linesTotal(cart), counting, error };
}

/** Lines whose price at the server is another one now, with that price. */
export function changedPrices(cart: Cart, quote: Quote | null): Map<string, number> {
  const changed = new Map<string, number>();
  cart.lines.forEach((line, at) => {
    const price = quote?.lines[at]?.price;
    // A barcode has its amount, whatever a kilogram costs now.
    if (price !== undefined && price !== line.price && line.scanned === undefined) changed.set(line.id, price);
  });
  return changed;
}
