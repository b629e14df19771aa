// Money: nothing is taken twice, and every amount on the screen is the one that counts.

import type { Page } from "@playwright/test";
import { eventually } from "./api";
import { expect, type Outlet, test } from "./fixtures";
import { change, chooseMethod, exact, orders, paid, pay, payButton, setShop, t, take, tap, tile } from "./till";

/** What the guest hands over: the amount as it is typed, and what comes of it. */
const tendered = (page: Page) => page.getByText(t("pay.tendered"), { exact: true }).locator("xpath=..");
const typed = (page: Page) => tendered(page).locator("strong");

async function splitInto(page: Page, count: number): Promise<void> {
  await page.getByRole("button", { name: t("split") }).click();
  const people = t("split.people", { count });
  await page.getByRole("dialog").getByRole("button", { name: people }).click();
}

/** Gives a product another price, and waits until the till shows it. */
async function setPrice(page: Page, outlet: Outlet, product: string, price: number, shown: string): Promise<void> {
  await change(outlet, product, { price });
  await expect(tile(page, product)).toContainText(shown);
}

test("U1 four taps on the amount pay once", async ({ selling: till, outlet }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).evaluate((button: HTMLElement) => {
    for (let tap = 0; tap < 4; tap++) button.click();
  });
  await expect(paid(till)).toBeVisible();
  const made = await orders(outlet);
  expect(made).toHaveLength(1);
  expect(made[0]?.payments).toHaveLength(1);
});

test("U2 a paid sale cannot be paid again, by Back or from the orders", async ({ selling: till, outlet }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  await till.goBack();
  await expect(tile(till, "Espresso")).toBeVisible();
  await expect(exact(till)).toBeHidden();
  const [order] = await orders(outlet);
  await till.goto(`${outlet.server.url}/till/orders/${order?.id}`);
  await expect(till.getByText(t("status.paid")).first()).toBeVisible();
  await expect(payButton(till)).toBeHidden();
  await till.goto(`${outlet.server.url}/till/orders/${order?.id}/pay`);
  await expect(till).not.toHaveURL(/pay$/);
  expect((await orders(outlet))[0]?.payments).toHaveLength(1);
});

test("U3 a sale whose answer is lost is sent again, and recorded once", async ({ selling: till, outlet }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  // The order reaches the server; its answer does not reach the till.
  await till.route("**/api/v1/orders", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await exact(till).click();
  await eventually("the order is at the server", async () => (await orders(outlet)).length === 1);
  await till.unroute("**/api/v1/orders");
  await expect(paid(till)).toBeVisible({ timeout: 30_000 });
  await expect(till.getByText(t("done.repeated"))).toBeVisible();
  expect(await orders(outlet)).toHaveLength(1);
});

test("U4 a price that changes before the payment is shown before money is taken", async ({ selling: till, outlet }) => {
  // No event reaches the till, so it still shows the old total.
  await till.route("**/api/v1/events*", (route) => route.abort());
  await till.reload();
  await tile(till, "Espresso").click();
  await pay(till);
  await expect(exact(till)).toContainText("18.480");
  await change(outlet, "Espresso", { price: 20_000 });
  await till.getByRole("button", { name: "50.000" }).click();
  await expect(till.getByText(/Harga berubah|Total berubah/).first()).toBeVisible();
  expect(await orders(outlet)).toHaveLength(0);
});

test("U5 three equal parts sum to the rupiah, and only what will be accepted can be tapped", async ({
  selling: till,
  outlet,
}) => {
  // 8,500 with service and tax is 9,818: no multiple of three.
  await setPrice(till, outlet, "Espresso", 8_500, "8.500");
  await tile(till, "Espresso").click();
  await pay(till);
  await splitInto(till, 3);
  await expect(exact(till)).toContainText("3.273");
  await exact(till).click();
  await chooseMethod(till, "qris");
  await expect(take(till)).toContainText("Rp 3.273");
  await take(till).click();
  await chooseMethod(till, "card");
  await expect(take(till)).toContainText("Rp 3.272");
  await tap(till, "3", "2", "7", "3");
  await expect(take(till)).toBeDisabled();
  await tap(till, t("keypad.back"), "2");
  await expect(take(till)).toBeEnabled();
  await take(till).click();
  await expect(paid(till)).toBeVisible();
  const [order] = await orders(outlet);
  expect(order?.total).toBe(9_818);
  expect(order?.payments.map(({ amount }) => amount)).toEqual([3_273, 3_273, 3_272]);
});

test("U6 cash that covers all of a split leaves nothing to fill in, and a dead button says why", async ({
  selling: till,
  outlet,
}) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await splitInto(till, 2);
  await chooseMethod(till, "qris");
  await tap(till, "2", "0", "000");
  await expect(take(till)).toBeDisabled();
  await expect(take(till)).toHaveText(t("pay.over", { method: t("method.qris"), most: "Rp 18.480" }));
  await chooseMethod(till, "cash");
  await tap(till, "0");
  await expect(take(till)).toBeDisabled();
  await expect(take(till)).toHaveText(t("pay.nothing"));
  await tap(till, "2", "0", "000");
  await take(till).click();
  await expect(paid(till)).toBeVisible();
  expect((await orders(outlet))[0]?.payments).toMatchObject([{ method: "cash", change: 1_520 }]);
});

test("U7 above what three notes make there are still amounts to tap", async ({ selling: till, outlet }) => {
  await setPrice(till, outlet, "Espresso", 400_000, "400.000");
  await tile(till, "Espresso").click();
  await pay(till);
  for (const amount of ["500.000", "550.000", "600.000"]) {
    await expect(till.getByRole("button", { name: amount })).toBeEnabled();
  }
  await till.getByRole("button", { name: "500.000" }).click();
  // 400,000 with service and tax: 462,000.
  await expect(paid(till).getByText("Rp 38.000")).toBeVisible();
});

test("U8 change is one positive number under one word", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await tap(till, "1", "0", "000");
  await expect(tendered(till)).toContainText(t("pay.left", { amount: "Rp 8.480" }));
  await tap(till, "0");
  await expect(tendered(till)).toContainText(`${t("change")} Rp 81.520`);
  await take(till).click();
  await expect(paid(till).getByText(t("change"), { exact: true })).toHaveCount(1);
  await expect(paid(till).getByText("Rp 81.520", { exact: true })).toHaveCount(1);
  await expect(paid(till)).not.toContainText(/[−-]\s*Rp/);
});

test("U9 a digit after a preset begins a new amount, and digits follow digits", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await expect(typed(till)).toHaveText("Rp 18.480");
  for (const [key, amount] of [
    ["2", "Rp 2"],
    ["000", "Rp 2.000"],
    ["5", "Rp 20.005"],
    [t("keypad.back"), "Rp 2.000"],
  ] as const) {
    await tap(till, key);
    await expect(typed(till)).toHaveText(amount);
  }
});

test("U11 rounded cash shows its rounding at once, and one tap settles it", async ({ selling: till, outlet }) => {
  await setShop(outlet, { cash_rounding_step: 500 });
  await till.reload();
  await tile(till, "Espresso").click();
  await pay(till);
  const rounding = till.getByText(t("pay.rounded", { amount: "Rp 20" }));
  await expect(rounding).toBeVisible();
  await chooseMethod(till, "qris");
  await expect(rounding).toBeHidden();
  await expect(take(till)).toContainText("Rp 18.480");
  await chooseMethod(till, "cash");
  await exact(till).click();
  await expect(paid(till).getByText(t("total.rounding"))).toBeVisible();
  expect((await orders(outlet))[0]).toMatchObject({ status: "paid", total: 18_500, rounding: 20 });
});
