import { useEffect, useMemo, useRef, useState } from "react";
import { useCatalog } from "../api/catalog";
import type { Cart } from "../state/cart";
import type { Catalog, Product } from "../state/catalog";
import { minuteOf, priced, withProducts } from "../state/price";
import { now } from "../state/server-time";

/** The catalog, and why it is missing. */
export interface SaleCatalog {
  data: Catalog | undefined;
  error: unknown;
  refetch: () => unknown;
}

const MINUTE_MS = 60_000;
/** After the turn of a minute, so that the clock has surely passed it. */
const AFTER_MS = 20;

/** The minute of the shop's clock. It turns without the server. */
function useMinute(zone: string): string {
  const [, turn] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      timer = setTimeout(
        () => {
          turn((count) => count + 1);
          wait();
        },
        MINUTE_MS - (now() % MINUTE_MS) + AFTER_MS,
      );
    };
    wait();
    return () => clearTimeout(timer);
  }, []);
  return minuteOf(zone, now());
}

/** The catalog with the prices of this minute, for what the cart is. */
export function useSaleCatalog({ orderType, channel }: Pick<Cart, "orderType" | "channel">): SaleCatalog {
  const { data, error, refetch } = useCatalog();
  const at = useMinute(data?.settings.zone ?? "Asia/Jakarta");
  const last = useRef<{ of: Catalog; key: string; priced: Catalog } | null>(null);
  return useMemo(() => {
    if (data === undefined) return { data, error, refetch };
    const changed = priced(data, { at, orderType, channel: channel ?? null });
    // As long as no price changes, the page has nothing to draw again.
    const prices = ({ price, variants }: Product) => [price, ...variants.map((variant) => variant.price)].join();
    const key = [...changed].map(([id, product]) => `${id} ${prices(product)}`).join(";");
    if (last.current?.of !== data || last.current.key !== key) {
      last.current = { of: data, key, priced: withProducts(data, changed) };
    }
    return { data: last.current.priced, error, refetch };
  }, [data, error, refetch, at, orderType, channel]);
}
