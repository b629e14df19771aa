import { eventually } from "./api";
import { LATTE, PINS } from "./cafe";
import { expect, type Outlet, pair, test } from "./fixtures";
import { logIn, paid, pay, scan, t, tile } from "./till";

interface Order {
  id: string;
  order_number: string;
  status: string;
  total: number;
  lines: { name: string; variant_name: string | null; modifiers: { name: string }[]; qty: number; price: number }[];
  payments: { method: string; amount: number; change: number }[];
}

const orders = (outlet: Outlet) => outlet.api.get<Order[]>("/api/v1/orders");

test("a cash sale takes two taps after its products, and the change is on the screen", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Es Teh Manis").click();
  await tile(till, "Es Teh Manis").click();
  await pay(till);
  // 16,000 with 5 % service and 10 % tax: 18,480.
  await till.getByRole("button", { name: "20.000" }).click();
  await expect(paid(till)).toBeVisible();
  await expect(paid(till).getByText("Rp 1.520")).toBeVisible();
  const [order] = await orders(outlet);
  expect([order?.status, order?.total, order?.lines[0]?.qty]).toEqual(["paid", 18_480, 2]);
  // U58 and rule 12: the next product begins the next sale, and the lines of this one stay.
  await tile(till, "Espresso").click();
  await expect(paid(till)).toBeHidden();
  expect((await orders(outlet))[0]?.lines).toHaveLength(1);
});

test("variants and modifiers are asked for, with the price so far", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, LATTE).click();
  const sheet = till.getByRole("dialog");
  await expect(sheet.getByRole("button", { name: t("choose.variant") })).toBeDisabled();
  await sheet.getByText("Besar").click();
  await sheet.getByText("Sedikit").click();
  await sheet.getByText("Susu oat").click();
  await sheet.getByRole("button", { name: /Rp 41\.000/ }).click();
  await pay(till);
  await till
    .getByRole("radio", { name: t("method.card") })
    .or(till.getByRole("button", { name: t("method.card") }))
    .first()
    .click();
  await till.getByRole("button", { name: /^Sudah diterima Rp/ }).click();
  await expect(paid(till)).toBeVisible();
  const [order] = await orders(outlet);
  expect(order?.lines[0]).toMatchObject({ variant_name: "Besar", price: 41_000 });
  expect(order?.lines[0]?.modifiers.map((modifier) => modifier.name).sort()).toEqual(["Sedikit", "Susu oat"]);
  expect(order?.payments[0]?.method).toBe("card");
});

test("U1 four taps on the amount pay once", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Espresso").click();
  await pay(till);
  const amount = till.getByRole("button", { name: new RegExp(t("pay.exact")) });
  await amount.evaluate((button: HTMLElement) => {
    for (let tap = 0; tap < 4; tap++) button.click();
  });
  await expect(paid(till)).toBeVisible();
  const made = await orders(outlet);
  expect(made).toHaveLength(1);
  expect(made[0]?.payments).toHaveLength(1);
});

test("U3 a sale whose answer is lost is sent again, and recorded once", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Espresso").click();
  await pay(till);
  // The order reaches the server; its answer does not reach the till.
  await till.route("**/api/v1/orders", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await till.getByRole("button", { name: new RegExp(t("pay.exact")) }).click();
  await eventually("the order is at the server", async () => (await orders(outlet)).length === 1);
  await till.unroute("**/api/v1/orders");
  await expect(paid(till)).toBeVisible({ timeout: 30_000 });
  expect(await orders(outlet)).toHaveLength(1);
});

test("U4 a price that changes before the payment is shown before money is taken", async ({ till, outlet }) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Espresso").click();
  await pay(till);
  await expect(till.getByText("Rp 18.480").first()).toBeVisible();
  // No event reaches the till, so it still shows the old total.
  await till.route("**/api/v1/events*", (route) => route.abort());
  await outlet.api.call("PATCH", `/api/v1/products/${outlet.cafe.products.Espresso}`, { price: 20_000 });
  await till.getByRole("button", { name: "50.000" }).click();
  await expect(till.getByText(/Harga berubah|Total berubah/).first()).toBeVisible();
  expect(await orders(outlet)).toHaveLength(0);
});

test("U25 and U40 the cart survives a reload and an outage, and the sale goes on when the server is back", async ({
  till,
  outlet,
}) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Espresso").click();
  await tile(till, "Teh Tarik").click();
  await outlet.server.kill();
  await expect(till.getByText(t("away")).first()).toBeVisible({ timeout: 30_000 });
  await expect(till.getByText("Teh Tarik").first()).toBeVisible();
  await outlet.restart();
  await expect(till.getByText(t("away"))).toHaveCount(0, { timeout: 30_000 });
  await till.reload();
  await expect(till.getByRole("listitem").filter({ hasText: "Teh Tarik" })).toBeVisible();
  await pay(till);
  await till.getByRole("button", { name: new RegExp(t("pay.exact")) }).click();
  await expect(paid(till)).toBeVisible();
  expect(await orders(outlet)).toHaveLength(1);
});

test("U48 an order that another till settles is gone here at once", async ({ till, outlet, browser }) => {
  const order = await outlet.api.post<Order>("/api/v1/orders", {
    table_number: "3",
    lines: [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 1 }],
  });
  const second = await browser.newContext();
  const other = await second.newPage();
  await pair(other, outlet, "Kasir 2");
  await logIn(other, "Budi", PINS.budi);
  await logIn(till, "Sari", PINS.sari);
  await other.goto(`${outlet.server.url}/till/orders/${order.id}`);
  await other.getByRole("button", { name: t("pay"), exact: true }).click();
  await till.goto(`${outlet.server.url}/till/orders/${order.id}`);
  await till.getByRole("button", { name: t("pay"), exact: true }).click();
  await till.getByRole("button", { name: new RegExp(t("pay.exact")) }).click();
  await expect(paid(till)).toBeVisible();
  await expect(other.getByRole("button", { name: new RegExp(t("pay.exact")) })).toBeHidden();
  expect((await outlet.api.get<Order>(`/api/v1/orders/${order.id}`)).payments).toHaveLength(1);
  await second.close();
});

test("a cart is held, and taken up again", async ({ till }) => {
  await logIn(till, "Sari", PINS.sari);
  await tile(till, "Espresso").click();
  await till.getByRole("button", { name: t("hold"), exact: true }).click();
  await expect(till.getByText(t("cart.empty"))).toBeVisible();
  await till.getByRole("button", { name: t("held.count", { count: 1 }) }).click();
  await till
    .getByRole("dialog")
    .getByRole("button", { name: /Espresso|1 barang/ })
    .first()
    .click();
  await expect(till.getByRole("listitem").filter({ hasText: "Espresso" })).toBeVisible();
});

test("an open order is voided with a reason and a manager's PIN", async ({ till, outlet }) => {
  const order = await outlet.api.post<Order>("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 1 }],
  });
  await logIn(till, "Sari", PINS.sari);
  await till.goto(`${outlet.server.url}/till/orders/${order.id}`);
  await till.getByRole("button", { name: t("void"), exact: true }).click();
  const sheet = till.getByRole("dialog");
  await sheet.getByText(t("void.wrong")).click();
  const pad = sheet.getByRole("group", { name: t("keypad") });
  for (const digit of PINS.budi) await pad.getByRole("button", { name: digit, exact: true }).click();
  await sheet.getByRole("button", { name: /Batalkan pesanan/ }).click();
  await expect(till.getByText(t("status.void")).first()).toBeVisible();
  expect((await outlet.api.get<Order>(`/api/v1/orders/${order.id}`)).status).toBe("void");
});

test("U14 a barcode is scanned while the search is open, and an unknown one is named", async ({ till }) => {
  await logIn(till, "Sari", PINS.sari);
  await scan(till, "0001112223334");
  await expect(till.getByText(t("scan.unknown", { code: "0001112223334" }))).toBeVisible();
  await scan(till, "8991234567890");
  await expect(till.getByRole("dialog").getByText(LATTE).first()).toBeVisible();
});

test("U39 the till stays in reach when the browser believes that it is offline", async ({ till }) => {
  await logIn(till, "Sari", PINS.sari);
  await till.evaluate(() => {
    Object.defineProperty(navigator, "onLine", { get: () => false });
    globalThis.dispatchEvent(new Event("offline"));
  });
  await tile(till, "Espresso").click();
  await pay(till);
  await till.getByRole("button", { name: new RegExp(t("pay.exact")) }).click();
  await expect(paid(till)).toBeVisible();
});

test("U44 a missing asset is not found, and never the page", async ({ till, outlet }) => {
  const answer = await till.request.get(`${outlet.server.url}/till/assets/index-00000000.js`);
  expect(answer.status()).toBe(404);
  expect(await answer.text()).not.toContain("<!doctype html>");
});
