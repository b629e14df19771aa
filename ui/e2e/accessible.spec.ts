import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { PINS } from "./cafe";
import { openConsole, openOffice } from "./consoles";
import { expect, test } from "./fixtures";
import { CONSOLE_PAGES, OFFICE_PAGES } from "./pages";
import { words } from "./texts";
import { goToOrder, line, logIn, more, openOrder, pay, tile } from "./till";

const t = words("console");
const tillWords = words("till");
const THEMES = ["light", "dark"] as const;

/** The page has its content: nothing is a skeleton any more. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading").first()).toBeVisible();
  await expect(page.getByRole("status", { name: t("loading") })).toHaveCount(0);
}

test("every page of the console is accessible, in both themes", async ({ page, linked }) => {
  test.setTimeout(180_000);
  await openConsole(page, linked.outlet);
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    for (const path of CONSOLE_PAGES) {
      await page.goto(`${linked.outlet.server.url}/admin/${path}`);
      await settled(page);
      await test.step(`${path} ${colorScheme}`, () => expectAccessible(page));
    }
  }
});

test("every page of head office is accessible, in both themes", async ({ page, linked }) => {
  test.setTimeout(180_000);
  await openOffice(page, linked.hub);
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    for (const path of OFFICE_PAGES) {
      await page.goto(`${linked.hub.server.url}/${path}`);
      await settled(page);
      await test.step(`${path} ${colorScheme}`, () => expectAccessible(page));
    }
  }
});

test("every screen of the till is accessible, in both themes", async ({ till, outlet }) => {
  test.setTimeout(180_000);
  const order = await openOrder(outlet, "Soto Ayam", "2", 2);
  for (const colorScheme of THEMES) {
    await till.emulateMedia({ colorScheme });
    await test.step(`PIN pad ${colorScheme}`, () => expectAccessible(till));
  }
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Espresso").click();
  for (const colorScheme of THEMES) {
    await till.emulateMedia({ colorScheme });
    for (const path of ["", "orders", "tables"]) {
      await till.goto(`${outlet.server.url}/till/${path}`);
      await expect(till.getByRole("navigation").first()).toBeVisible();
      await test.step(`${path} ${colorScheme}`, () => expectAccessible(till));
    }
    await till.goto(`${outlet.server.url}/till/`);
    await pay(till);
    await test.step(`pay ${colorScheme}`, () => expectAccessible(till));
    await goToOrder(till, outlet, order);
    await test.step(`order ${colorScheme}`, () => expectAccessible(till));
    await till.getByRole("button", { name: tillWords("order.edit") }).click();
    await test.step(`details ${colorScheme}`, () => expectAccessible(till));
    await till.keyboard.press("Escape");
    await line(till, "Soto Ayam").getByRole("button").click();
    await test.step(`line ${colorScheme}`, () => expectAccessible(till));
    await till.keyboard.press("Escape");
    for (const action of ["discount.order", "bill.split", "order.move", "order.merge", "void.order"]) {
      await more(till, tillWords(action));
      await test.step(`${action} ${colorScheme}`, () => expectAccessible(till));
      await till.keyboard.press("Escape");
    }
  }
});
