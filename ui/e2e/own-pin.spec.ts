// People change their own PIN, at the till and at the console.

import type { Page } from "@playwright/test";
import { button, layer, openConsole, type } from "./consoles";
import { expect, test } from "./fixtures";
import { words } from "./texts";
import { openTill } from "./till";

const t = words("console");
const till = words("till");

async function change(page: Page, current: string, next: string, again = next): Promise<void> {
  const sheet = layer(page, t("pin.change"));
  await type(sheet, { [t("pin.current")]: current, [t("pin.new")]: next, [t("pin.again")]: again });
  await button(sheet, t("pin.change")).click();
}

test("a cashier changes the PIN at the till: the old one must be right, and the new one is typed twice", async ({
  page,
  outlet,
}) => {
  await openTill(page, outlet);
  await page.getByRole("button", { name: new RegExp(till("menu.user")) }).click();
  await button(page, till("pin.change")).click();
  const sheet = layer(page, t("pin.change"));
  await change(page, "2468", "9753", "9754");
  await expect(sheet.getByText(t("pin.differs"))).toBeVisible();
  await change(page, "1111", "9753");
  await expect(sheet.getByText(t("pin.wrong"))).toBeVisible();
  await change(page, "2468", "9753");
  await expect(sheet.getByText(t("pin.changed"))).toBeVisible();
  await page.reload();
  await expect(page.getByRole("searchbox")).toBeVisible();
  const logIn = (pin: string) =>
    page.request.post(`${outlet.server.url}/api/v1/auth/login`, { data: { username: "sari", password: pin } });
  expect((await logIn("2468")).status()).toBe(401);
  expect((await logIn("9753")).status()).toBe(200);
});

test("an admin changes the PIN at the console and stays logged in", async ({ page, outlet }) => {
  await openConsole(page, outlet);
  await page.locator("header button[aria-haspopup=menu]").click();
  await page.getByRole("menuitem", { name: t("pin.change") }).click();
  await change(page, "1234", "975310");
  await expect(layer(page, t("pin.change")).getByText(t("pin.changed"))).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: t("place.today") })).toBeVisible();
});
