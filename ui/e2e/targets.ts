// Where things are on the screen, and how large.

import type { Locator, Page } from "@playwright/test";

/** What can be tapped and is lower or narrower than 44 px, with its size. */
export const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const targets = "button, a[href], input, textarea, select, [role=button], label[for]";
    const isRadio = (label: Element) =>
      (document.getElementById(label.getAttribute("for") ?? "") as HTMLInputElement | null)?.type === "radio";
    return [...document.querySelectorAll(targets)]
      .filter((target) => target.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((target) => !target.matches("label") || isRadio(target))
      .flatMap((target) => {
        const { width, height } = target.getBoundingClientRect();
        // What only screen readers read has a pixel.
        if (Math.min(width, height) > 43.5 || Math.max(width, height) < 2) return [];
        const name = target.getAttribute("aria-label") ?? target.textContent ?? "";
        return [`${name}: ${width.toFixed(1)} × ${height.toFixed(1)}`];
      });
  });

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export async function boxOf(one: Locator): Promise<Box> {
  const box = await one.boundingBox();
  if (box === null) throw new Error(`${one} is not on the screen`);
  return box;
}

export const overlap = (one: Box, two: Box): boolean =>
  one.x < two.x + two.width && two.x < one.x + one.width && one.y < two.y + two.height && two.y < one.y + one.height;
