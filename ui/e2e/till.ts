// What a cashier does at the till.

import { expect, type Locator, type Page } from "@playwright/test";
import { words } from "./texts";

export const t = words("till");

/** Chooses a name on the PIN pad and types the PIN. */
export async function logIn(page: Page, name: string, pin: string): Promise<void> {
  const button = page.getByRole("button", { name: new RegExp(name) });
  const entered = page.getByRole("button", { name: t("sign_in.enter"), exact: true });
  await button.or(entered).first().waitFor();
  if (await button.isVisible()) await button.click();
  const pad = page.getByRole("group", { name: t("keypad") });
  for (const digit of pin) await pad.getByRole("button", { name: digit, exact: true }).click();
  await entered.click();
  await expect(page.getByRole("searchbox")).toBeVisible();
}

/** The tile of a product. */
export const tile = (page: Page, name: string): Locator =>
  page
    .getByRole("main")
    .getByRole("button", { name: new RegExp(`^(.* )?${name}`) })
    .first();

export const pay = (page: Page): Promise<void> => page.getByRole("button", { name: t("pay"), exact: true }).click();

/** The screen after a sale. */
export const paid = (page: Page): Locator => page.getByRole("region", { name: t("done.paid") });

/** What a scanner does: the keys of a code in one burst, then Enter. */
export const scan = (page: Page, code: string): Promise<void> =>
  page.evaluate((digits) => {
    const target = document.activeElement ?? document.body;
    for (const key of [...digits, "Enter"]) {
      target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
  }, code);
