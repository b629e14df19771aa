import { useEffect, useRef } from "react";

const EVENTS = ["pointerdown", "keydown", "wheel", "touchstart"] as const;
const CHECK_MS = 5_000;

/** Calls `idle` when nobody has touched the device for some minutes; 0 minutes never. Sleep counts as well. */
export function useIdle(minutes: number, idle: () => void): void {
  const latest = useRef(idle);
  latest.current = idle;
  useEffect(() => {
    if (minutes <= 0) return;
    let touchedAt = Date.now();
    const touch = () => {
      touchedAt = Date.now();
    };
    const check = () => {
      if (Date.now() - touchedAt >= minutes * 60_000) latest.current();
    };
    const timer = setInterval(check, CHECK_MS);
    for (const event of EVENTS) addEventListener(event, touch, { capture: true, passive: true });
    document.addEventListener("visibilitychange", check);
    return () => {
      clearInterval(timer);
      for (const event of EVENTS) removeEventListener(event, touch, { capture: true });
      document.removeEventListener("visibilitychange", check);
    };
  }, [minutes]);
}
