// Bad days: wrong clocks, upgrades, other tills, answers that nobody expected.

import type { Page } from "@playwright/test";
import { eventually } from "./api";
import { expect, test } from "./fixtures";
import { change, exact, line, openOrder, openTill, orders, paid, pay, t, tile } from "./till";

/** Loses what the till sends to this address, until the route is removed. */
const lose = (page: Page, url: string) =>
  page.route(url, (route) => (route.request().method() === "POST" ? route.abort("connectionreset") : route.fallback()));

const SALES = "**/api/v1/orders";

test("U39 the till stays in reach when the browser believes that it is offline", async ({ selling: till }) => {
  await till.evaluate(() => {
    Object.defineProperty(navigator, "onLine", { get: () => false });
    globalThis.dispatchEvent(new Event("offline"));
  });
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
});

test("U42 a device whose clock is a day ahead says so, sells, and stamps nothing with its own time", async ({
  page,
  outlet,
}) => {
  const today = Date.now();
  await page.clock.install({ time: today + 86_400_000 });
  await openTill(page, outlet);
  const notice = page.getByRole("button", { name: t("clock") });
  await notice.click();
  await expect(page.getByRole("dialog")).toContainText(t("clock.ahead", { minutes: 1_440 }));
  await page.keyboard.press("Escape");
  await tile(page, "Espresso").click();
  await pay(page);
  await exact(page).click();
  await expect(paid(page)).toBeVisible();
  const [order] = await orders(outlet);
  expect(Math.abs(Date.parse(order?.created_at ?? "") - today)).toBeLessThan(120_000);
  // And a table that was taken just now has been so for no minutes.
  await openOrder(outlet, "Soto Ayam", "2");
  await page.goto(`${outlet.server.url}/till/tables`);
  await expect(page.getByText(t("table.minutes", { minutes: 0 }))).toBeVisible();
});

test("U43 a new version is offered, never forced; cart and waiting sales are read by it", async ({
  selling: till,
  outlet,
}) => {
  await tile(till, "Espresso").click();
  await lose(till, SALES);
  await pay(till);
  await exact(till).click();
  await expect(till.getByText(t("waiting"))).toBeVisible();
  await till.evaluate(() => Object.assign(globalThis, { stillThisPage: true }));
  await till.route("**/api/v1/status", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    await route.fulfill({ response, json: { ...body, data: { ...body.data, version: "99.0.0" } } });
  });
  const notice = till.getByRole("button", { name: t("update") });
  await expect(notice).toBeVisible();
  expect(await till.evaluate(() => "stillThisPage" in globalThis)).toBe(true);
  await till.unroute(SALES);
  await notice.click();
  await till
    .getByRole("dialog")
    .getByRole("button", { name: t("update.reload") })
    .click();
  await expect(paid(till)).toBeVisible();
  expect(await till.evaluate(() => "stillThisPage" in globalThis)).toBe(false);
  expect(await orders(outlet)).toHaveLength(1);
});

test("U44 a missing asset is not found, and never the page", async ({ till, outlet }) => {
  const answer = await till.request.get(`${outlet.server.url}/till/assets/index-00000000.js`);
  expect(answer.status()).toBe(404);
  expect(await answer.text()).not.toContain("<!doctype html>");
});

test("U46 while a sale waits, the till is neither locked nor paired anew, and says how many wait", async ({
  selling: till,
  outlet,
}) => {
  const unsent = till.getByText("1 penjualan belum dijawab server");
  await tile(till, "Espresso").click();
  await lose(till, SALES);
  await pay(till);
  await exact(till).click();
  await expect(till.getByText(t("waiting"))).toBeVisible();
  await till.getByRole("button", { name: t("lock") }).click();
  await expect(unsent).toBeVisible();
  await till.goto(`${outlet.server.url}/till/?pair=K7MQ2XPA`);
  await expect(unsent).toBeVisible();
  await expect(till.getByRole("button", { name: t("pair.action"), exact: true })).toBeHidden();
  await till.unroute(SALES);
  // It is sent, as a sale of the same user; then the device can be paired.
  await eventually("the sale is at the server", async () => (await orders(outlet)).length === 1);
  await expect(till.getByRole("button", { name: t("pair.action"), exact: true })).toBeVisible();
});

test("U46 a till that locks by itself while a sale waits lets in only who made the sale", async ({
  selling: till,
  outlet,
}) => {
  await tile(till, "Espresso").click();
  await lose(till, SALES);
  await pay(till);
  await exact(till).click();
  await expect(till.getByText(t("waiting"))).toBeVisible();
  await till.clock.install();
  await till.clock.fastForward("11:00");
  await expect(till.getByRole("heading", { name: t("locked") })).toBeVisible();
  await expect(till.getByText(t("unsent.sign_in", { name: "Sari" }))).toBeVisible();
  await expect(till.getByRole("button", { name: /Sari/ })).toBeVisible();
  await expect(till.getByRole("button", { name: /Budi/ })).toBeHidden();
  await till.unroute(SALES);
  await till.clock.fastForward(4_000);
  await eventually("the sale is at the server", async () => (await orders(outlet)).length === 1);
  const [order] = await outlet.api.get<{ cashier_id: string }[]>("/api/v1/orders");
  const people = await outlet.api.get<{ id: string; username: string }[]>("/api/v1/users");
  expect(people.find(({ id }) => id === order?.cashier_id)?.username).toBe("sari");
  await expect(till.getByRole("button", { name: /Budi/ })).toBeVisible();
});

test("U48 an order that another till settles is gone here at once", async ({ selling: till, outlet, browser }) => {
  const order = await openOrder(outlet, "Soto Ayam", "3");
  const second = await browser.newContext();
  const other = await second.newPage();
  await openTill(other, outlet, "budi");
  for (const page of [other, till]) {
    await page.goto(`${outlet.server.url}/till/orders/${order.id}`);
    await pay(page);
  }
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  await expect(exact(other)).toBeHidden();
  await expect(other.getByText(t("status.paid")).first()).toBeVisible();
  expect((await orders(outlet))[0]?.payments).toHaveLength(1);
  await second.close();
});

test("U55 a state, a method and a time that nobody knows are shown as they are", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  const strange = (row: object) => ({ ...row, status: "teleported", order_type: "by_drone", created_at: "kemarin" });
  await till.route("**/api/v1/orders/**", async (route) => {
    const response = await route.fetch();
    const { data, ...rest } = await response.json();
    const payments = [{ id: "p", method: "shells", status: "posted", amount: 1, tendered: 1, change: 0 }];
    const json = Array.isArray(data)
      ? { ...rest, data: data.map((row) => ({ ...strange(row), table_number: null })) }
      : { ...rest, data: { ...strange(data), payments } };
    await route.fulfill({ response, json });
  });
  await till.goto(`${outlet.server.url}/till/orders/${order.id}`);
  await expect(till.getByText("teleported")).toHaveCount(2);
  await expect(till.getByText("by_drone").first()).toBeVisible();
  await expect(till.getByText("shells")).toBeVisible();
  await expect(till.getByText("—").first()).toBeVisible();
  await till.unroute("**/api/v1/orders/**");
  await till.route("**/api/v1/orders/summary*", async (route) => {
    const response = await route.fetch();
    const { data, ...rest } = await response.json();
    await route.fulfill({
      response,
      json: { ...rest, data: data.map((row: object) => ({ ...row, created_at: "kemarin" })) },
    });
  });
  await till.goto(`${outlet.server.url}/till/tables`);
  await expect(till.getByText("Rp 32.340")).toBeVisible();
  for (const nothing of [/NaN/, /undefined/, /Invalid/]) await expect(till.getByText(nothing)).toHaveCount(0);
});

test("U55 an answer that no screen can show leaves no blank page", async ({ selling: till, outlet }) => {
  await tile(till, "Espresso").click();
  await till.route("**/api/v1/orders/x", (route) => route.fulfill({ json: { data: { id: "x", lines: null } } }));
  await till.goto(`${outlet.server.url}/till/orders/x`);
  await expect(till.getByText(t("failed"))).toBeVisible();
  await till.getByRole("button", { name: t("failed.start") }).click();
  await expect(line(till, "Espresso")).toBeVisible();
});

/** Marks a tab as hidden. Playwright shows all tabs at once, so the page gets the state that a browser gives hidden tabs. */
const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { get: () => value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

test("U35 the cart is in one tab: the one that was opened or shown last", async ({ selling: first, outlet }) => {
  await tile(first, "Espresso").click();
  const second = await first.context().newPage();
  await second.goto(`${outlet.server.url}/till/`);
  await expect(line(second, "Espresso")).toBeVisible();
  const elsewhere = first.getByText(t("elsewhere"), { exact: true });
  await expect(elsewhere).toBeVisible();
  await expect(tile(first, "Espresso")).toHaveCount(0);
  // A window beside it takes the cart by a tap, a tab by being shown.
  await first.getByRole("button", { name: t("elsewhere.take") }).click();
  await tile(first, "Teh Tarik").click();
  await expect(second.getByText(t("elsewhere"), { exact: true })).toBeVisible();
  await setHidden(second, true);
  await setHidden(second, false);
  await expect(line(second, "Teh Tarik")).toBeVisible();
  await expect(elsewhere).toBeVisible();
  // The tab that has the cart may go at any time.
  await second.close();
  await first.reload();
  await pay(first);
  await exact(first).click();
  await expect(paid(first)).toBeVisible();
  expect(await orders(outlet)).toHaveLength(1);
});

test("U56 seven tabs over plain http all work, and a hidden one catches up", async ({
  selling: first,
  outlet,
  browser,
}) => {
  test.setTimeout(120_000);
  await setHidden(first, true);
  const second = await browser.newContext();
  const other = await second.newPage();
  await openTill(other, outlet, "budi");
  await change(outlet, "Espresso", { price: 20_000 });
  await expect(tile(other, "Espresso")).toContainText("20.000");
  await expect(tile(first, "Espresso")).toContainText("16.000");
  await second.close();
  for (let tab = 2; tab <= 7; tab++) {
    const page = await first.context().newPage();
    await page.goto(`${outlet.server.url}/till/`);
    await tile(page, "Espresso").click();
    await expect(line(page, "Espresso")).toContainText(`Rp ${(tab - 1) * 20}.000`);
    await setHidden(page, true);
  }
  await setHidden(first, false);
  await expect(tile(first, "Espresso")).toContainText("20.000");
});
