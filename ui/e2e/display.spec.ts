// The customer display: a second screen follows the till's cart, the code of the payment and the change.

import { expectAccessible } from "./axe";
import { MERCHANT } from "./cafe";
import { expect, test } from "./fixtures";
import { words } from "./texts";
import { chooseMethod, openTill, pay, sheet, t, tile } from "./till";

const d = words("display");

test("a second window of a till shows its cart, the code and the change", async ({ page: till, outlet, context }) => {
  await outlet.api.call("PUT", "/api/v1/config/qris", { payload: MERCHANT });
  const { code } = await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", { name: "Kasir depan" });
  await till.request.post(`${outlet.server.url}/api/v1/devices/pair`, { data: { code }, failOnStatusCode: true });
  await openTill(till, outlet);
  const display = await context.newPage();
  await display.goto(`${outlet.server.url}/display/`);
  await expect(display.getByText(d("welcome")).first()).toBeVisible();
  await expectAccessible(display);
  // The till asks for its status every five seconds, which says that a display follows.
  await tile(till, "Espresso").click();
  await expect(display.getByText("Espresso")).toBeVisible({ timeout: 8_000 });
  const total = await display.getByText(/^Rp/).last().textContent();
  expect(total).toMatch(/^Rp/);
  await expectAccessible(display);
  await pay(till);
  await chooseMethod(till, "qris");
  await till.getByRole("button", { name: t("qris.show", { amount: "" }).trim() }).click();
  await expect(display.getByRole("img", { name: /^Kode QRIS/ })).toBeVisible();
  await expect(display.getByText("WARUNG CONTOH")).toBeVisible();
  await sheet(till)
    .getByRole("button", { name: t("action.close") })
    .click();
  await expect(display.getByRole("img")).toHaveCount(0);
  await chooseMethod(till, "cash");
  await till
    .getByRole("button", { name: /50[.]000/ })
    .first()
    .click();
  await expect(display.getByText(d("thanks"))).toBeVisible();
  await expect(display.getByTestId("change-due")).toBeVisible();
  await outlet.server.kill();
  await expect(display.getByText(d("away"))).toBeVisible({ timeout: 30_000 });
  await expect(display.getByTestId("change-due")).toHaveCount(0);
});

test("a screen that is not paired says how, and one with several tills asks which", async ({ page, outlet }) => {
  await page.goto(`${outlet.server.url}/display/`);
  await expect(page.getByRole("heading", { name: d("pair.title") })).toBeVisible();
  await expectAccessible(page);
  const pair = async (name: string, kind: string) =>
    (await outlet.api.post<{ code: string }>("/api/v1/devices/pairing-codes", { name, kind })).code;
  const data = (code: string) => ({ data: { code }, failOnStatusCode: true });
  for (const name of ["Kasir depan", "Kasir teras"]) {
    const browser = await page.context().browser()?.newContext();
    await browser?.request.post(`${outlet.server.url}/api/v1/devices/pair`, data(await pair(name, "till")));
    await browser?.close();
  }
  await page.request.post(`${outlet.server.url}/api/v1/devices/pair`, data(await pair("Layar", "display")));
  await page.goto(`${outlet.server.url}/till/`);
  await expect(page).toHaveURL(/\/display\/$/);
  await page.getByRole("button", { name: "Kasir teras" }).click();
  await expect(page.getByText(d("welcome")).first()).toBeVisible();
});
