// Takes pictures of a page, in both themes and at three widths, into target/screens.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import type { Language } from "../texts";

const WIDTHS: readonly (readonly [width: number, height: number])[] = [
  [360, 740],
  [1024, 768],
  [1440, 900],
];
export const PHONE = WIDTHS.slice(0, 1);
export const WIDE = WIDTHS.slice(1);
const FOLDER = "../target/screens";

/** The page has painted what it has. */
const painted = (page: Page): Promise<void> =>
  page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  );

/** The page as it is now, in each theme and width, in the language that is set. */
export async function shoot(page: Page, name: string, language: string, widths = WIDTHS): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  // Not `page.screenshot`: it compresses as well as it can, which takes longer than everything else.
  const session = await page.context().newCDPSession(page);
  for (const [width, height] of widths) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await painted(page);
      const { data } = await session.send("Page.captureScreenshot", { format: "png", optimizeForSpeed: true });
      writeFileSync(join(FOLDER, `${name}-${language}-${colorScheme}-${width}.png`), Buffer.from(data, "base64"));
    }
  }
  await session.detach();
}

export async function inBothLanguages(page: Page, shootAll: (language: Language) => Promise<void>): Promise<void> {
  for (const language of ["id", "en"] as const) {
    await page.evaluate((next) => localStorage.setItem("gerai.language", next), language);
    await shootAll(language);
  }
}

/** Sets the language of an open page, as another tab of the device would. */
export const speakOn = (page: Page, language: Language): Promise<void> =>
  page.evaluate((next) => {
    localStorage.setItem("gerai.language", next);
    dispatchEvent(new StorageEvent("storage", { key: "gerai.language" }));
  }, language);
