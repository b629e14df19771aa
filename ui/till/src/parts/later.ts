/**
 * Downloads a part of the till as soon as the browser has nothing else to do. Parts are downloads of their own, so that the till is
 * ready to sell before them; they follow at once, so that a page that stays open through an upgrade of the server has all it needs.
 */
export function later(load: () => Promise<unknown>): void {
  const idle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 1_000));
  // A failure is met again, and shown, where the part is opened.
  idle(() => void load().catch(() => {}));
}
