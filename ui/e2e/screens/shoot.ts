// Takes pictures of a page, in both themes and at three widths, into target/screens.

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

/** The page as it is now, in each theme and width, in the language that is set. */
export async function shoot(page: Page, name: string, language: string, widths = WIDTHS): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [width, height] of widths) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: `${FOLDER}/${name}-${language}-${colorScheme}-${width}.png` });
    }
  }
}

export async function inBothLanguages(page: Page, shootAll: (language: Language) => Promise<void>): Promise<void> {
  for (const language of ["id", "en"] as const) {
    await page.evaluate((next) => localStorage.setItem("gerai.language", next), language);
    await shootAll(language);
  }
}
