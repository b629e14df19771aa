// The pages about shifts are a download of their own: the till is ready to sell before it. It follows at once, so that a page that
// stays open through an upgrade of the server has all it needs.

import { lazy } from "react";

const load = () => import("./pages");

export const ShiftPages = lazy(async () => ({ default: (await load()).ShiftPages }));

/** Downloads the pages as soon as the browser has nothing else to do. */
export function preloadShiftPages(): void {
  const idle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 1_000));
  // A failure is met again, and shown, where a page is opened.
  idle(() => void load().catch(() => {}));
}
