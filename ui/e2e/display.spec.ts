// The customer display: a second screen follows the till's cart, the code of the payment and the change.

import type { Locator } from "@playwright/test";
import { rupiah } from "../shared/money";
import { expectAccessible } from "./axe";
import { MERCHANT } from "./cafe";
import { expect, test } from "./fixtures";
import { words } from "./texts";
import { act, chooseMethod, goToOrder, openOrder, openTill, paid, pay, sheet, t, take, tap, tile } from "./till";

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
  await expect(display.getByText(/^NMID ID/)).toBeVisible();
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

test("the bill of a table is on the display with what is still due, and then its change", async ({
  page: till,
  outlet,
  context,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "4", 2);
  await openTill(till, outlet);
  // Somebody else's sale has begun: it is not what this guest pays.
  await tile(till, "Espresso").click();
  const display = await context.newPage();
  await display.goto(`${outlet.server.url}/display/`);
  await expect(display.getByText("Espresso")).toBeVisible({ timeout: 8_000 });
  await goToOrder(till, outlet, order);
  await pay(till);
  await expect(display.getByText("Soto Ayam")).toBeVisible();
  await expect(display.getByText("Espresso")).toHaveCount(0);
  const total = display.getByText(d("total"), { exact: true }).locator("..");
  await expect(total).toContainText(rupiah(order.total));
  await expect(display.getByText(d("due"), { exact: true })).toHaveCount(0);
  await chooseMethod(till, "card");
  await tap(till, ..."20000");
  await take(till).click();
  const due = display.getByText(d("due"), { exact: true }).locator("..");
  await expect(due).toContainText(rupiah(order.total - 20_000));
  // What the guest pays now is larger than what it was.
  const size = (row: Locator) => row.evaluate((div) => Number.parseFloat(getComputedStyle(div).fontSize));
  expect(await size(due)).toBeGreaterThan(await size(total));
  await expect(total).toContainText(rupiah(order.total));
  await chooseMethod(till, "cash");
  await till.getByRole("button", { name: /^Rp.100[.]000/ }).click();
  const change = rupiah(120_000 - order.total);
  await expect(display.getByTestId("change-due")).toHaveText(change);
  // At the till too; the other sale is on hold.
  await expect(paid(till).getByText(change)).toBeVisible();
});

test("the code of a payment leaves the display when it is paid here or elsewhere, and after five minutes", async ({
  page: till,
  outlet,
  context,
}) => {
  await outlet.api.call("PUT", "/api/v1/config/qris", { payload: MERCHANT });
  await till.clock.install();
  await openTill(till, outlet);
  const display = await context.newPage();
  await display.goto(`${outlet.server.url}/display/`);
  const show = async (product: string) => {
    const order = await openOrder(outlet, product, "4");
    await goToOrder(till, outlet, order);
    await pay(till);
    await chooseMethod(till, "qris");
    await till.getByRole("button", { name: /^Tampilkan QRIS/ }).click();
    for (const page of [till, display]) {
      await expect(page.getByRole("img", { name: /^Kode QRIS/ })).toBeVisible({ timeout: 8_000 });
    }
    return order;
  };
  const isGone = async () => {
    for (const page of [till, display]) await expect(page.getByRole("img", { name: /^Kode QRIS/ })).toHaveCount(0);
  };
  await show("Espresso");
  await till.clock.fastForward(5 * 60_000 + 1_000);
  await isGone();
  // Paid here.
  await show("Americano");
  await act(till).click();
  await isGone();
  await expect(display.getByText(d("thanks"))).toBeVisible();
  // Paid at another till: nobody may pay it twice.
  const order = await show("Cappuccino");
  await outlet.api.post(`/api/v1/orders/${order.id}/payments`, { method: "cash", amount: order.total });
  await isGone();
  await expect(till).toHaveURL(new RegExp(`/orders/${order.id}$`));
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
