// The sheets over an order are a download of their own, so that the till is ready to sell before it. It follows at once: a page that
// stays open through an upgrade of the server has all it needs.

import { lazy } from "react";

const load = () => import("./order-sheet");

export const OrderSheet = lazy(load);

/** Downloads the sheets as soon as the browser has nothing else to do. */
export function preloadSheets(): void {
  const idle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 1_000));
  // A failure is met again, and shown, where a sheet is opened.
  idle(() => void load().catch(() => {}));
}
