import { useEffect } from "react";

/** Keeps the screen on while the page is shown. Browsers allow it on secure pages only. */
export function useAwake(enabled: boolean): void {
  useEffect(() => {
    if (!enabled || !("wakeLock" in navigator)) return;
    let held: WakeLockSentinel | null = null;
    let ended = false;
    const hold = async () => {
      if (document.hidden || (held !== null && !held.released)) return;
      // Refused with a low battery; the next time that the page is shown it asks again.
      held = await navigator.wakeLock.request("screen").catch(() => null);
      if (ended) void held?.release();
    };
    void hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      ended = true;
      document.removeEventListener("visibilitychange", hold);
      void held?.release();
    };
  }, [enabled]);
}
