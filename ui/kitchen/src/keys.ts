import { useEffect, useRef } from "react";

/** A bump bar: the keys 1 to 9 call `press` with 0 to 8, also those of a number pad. */
export function useKeys(enabled: boolean, press: (at: number) => void): void {
  const handler = useRef(press);
  handler.current = press;
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      const number = Number(event.key);
      if (!/^[1-9]$/.test(event.key)) return;
      event.preventDefault();
      handler.current(number - 1);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [enabled]);
}
