// When a page of the consoles has everything that it asked for.

import { expect, type Page, type Request } from "@playwright/test";
import { words } from "../texts";

const loading = { id: words("console", "id")("loading"), en: words("console", "en")("loading") };
const QUIET_MS = 60;

/** Watches a page from its beginning. The returned function waits until no answer is awaited any more. */
export function watch(page: Page): () => Promise<void> {
  const asked = new Set<Request>();
  let changedAt = Date.now();
  const isAwaited = (request: Request) => !request.url().includes("/events");
  const ended = (request: Request) => {
    if (asked.delete(request)) changedAt = Date.now();
  };
  page.on("request", (request) => {
    if (!isAwaited(request)) return;
    asked.add(request);
    changedAt = Date.now();
  });
  page.on("requestfinished", ended);
  page.on("requestfailed", ended);
  return async () => {
    await expect(page.getByRole("heading").first()).toBeVisible();
    await expect.poll(() => asked.size === 0 && Date.now() - changedAt > QUIET_MS, { intervals: [30] }).toBe(true);
    await expect(page.getByRole("status", { name: new RegExp(`${loading.id}|${loading.en}`) })).toHaveCount(0);
  };
}
