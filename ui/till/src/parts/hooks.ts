import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useState } from "react";

const AT_ONCE = { getInitialValueInEffect: false } as const;

/** Whether the cart is beside the products: tablets and desktops. */
export function useWide(): boolean {
  return useMediaQuery("(min-width: 600px)", true, AT_ONCE) ?? true;
}

/** `value` since `ms` without interruption. */
export function useSince(value: boolean, ms: number): boolean {
  const [since, setSince] = useState(false);
  useEffect(() => {
    if (!value) {
      setSince(false);
      return;
    }
    const timer = setTimeout(() => setSince(true), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return value && since;
}

/** The time, every `ms` while the page is shown. */
export function useTicking(ms: number, now: () => number): number {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), ms);
    return () => clearInterval(timer);
  }, [ms, now]);
  return at;
}
