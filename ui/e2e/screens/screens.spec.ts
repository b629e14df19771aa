// Pictures of every page, in both languages and themes, at three widths: `npm run screens`, into target/screens.

import type { Page } from "@playwright/test";
import { LATTE, PINS } from "../cafe";
import { openConsole, openOffice } from "../consoles";
import { expect, pair, test } from "../fixtures";
import { CONSOLE_PAGES, OFFICE_PAGES } from "../pages";
import { words } from "../texts";
import { logIn, tile } from "../till";
import { inBothLanguages, shoot } from "./shoot";

const loading = words("console")("loading");

/** The page as it is after its answers. */
async function shootLoaded(page: Page, name: string, language: string): Promise<void> {
  await expect(page.getByRole("heading").first()).toBeVisible();
  await expect(page.getByRole("status", { name: loading })).toHaveCount(0);
  await shoot(page, name, language);
}

const file = (path: string) => (path === "" ? "today" : path.replaceAll("/", "-"));

test("console", async ({ page, linked }) => {
  test.setTimeout(600_000);
  await openConsole(page, linked.outlet);
  await inBothLanguages(page, async (language) => {
    for (const path of CONSOLE_PAGES) {
      await page.goto(`${linked.outlet.server.url}/admin/${path}`);
      await shootLoaded(page, `console-${file(path)}`, language);
    }
  });
});

test("office", async ({ page, linked }) => {
  test.setTimeout(600_000);
  await openOffice(page, linked.hub);
  await inBothLanguages(page, async (language) => {
    for (const path of OFFICE_PAGES) {
      await page.goto(`${linked.hub.server.url}/${path}`);
      await shootLoaded(page, `office-${file(path)}`, language);
    }
  });
});

/** The pictures of the README and the guide. */
test("pictures", async ({ page, linked, browser }) => {
  const { outlet, hub } = linked;
  const { products } = outlet.cafe;
  const names = Object.keys(products).filter((name) => name !== LATTE);
  for (let order = 0; order < 24; order++) {
    await outlet.api.post("/api/v1/orders", {
      lines: [{ product_id: products[names[order % names.length] as string], qty: 1 + (order % 3) }],
      payments: [{ method: "cash", amount: 500_000 }],
    });
  }
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 }, colorScheme: "light" });
  const till = await context.newPage();
  await till.goto(`${outlet.server.url}/till/`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
  await openOffice(page, hub, "outlets");
  await expect
    .poll(async () => (await hub.api.get<unknown[]>("/v1/hq/orders")).length, { timeout: 30_000 })
    .toBeGreaterThan(17);
  await page.reload();
  await expect(page.getByText("Kedai Kemang").first()).toBeVisible();
  await page.screenshot({ path: "../docs/images/office.png" });
  await pair(till, outlet);
  await logIn(till, "Sari", PINS.sari);
  for (const name of ["Kopi Susu Gula Aren", "Es Teh Manis", "Nasi Goreng Kampung"]) await tile(till, name).click();
  await expect(till.getByText(/Layanan/).first()).toBeVisible();
  await till.screenshot({ path: "../docs/images/till.png" });
  await context.close();
});
