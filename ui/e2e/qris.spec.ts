// QRIS: the code of the shop at the console, codes of payments at the till, and the acquirer's statement.

import { expect, type Page } from "@playwright/test";
import { encode } from "uqr";
import { qrisCode } from "../till/src/pay/qris";
import { expectAccessible } from "./axe";
import { MERCHANT } from "./cafe";
import { button, openConsole, row } from "./consoles";
import { type Outlet, test } from "./fixtures";
import { paidOrder } from "./refunds";
import { words } from "./texts";
import { chooseMethod, openOrder, openTill, orders, paid, pay, sheet, t, tile } from "./till";

const c = words("console");

const set = (outlet: Outlet, payload: string | null, mode = "amount_12") =>
  outlet.api.call("PUT", "/api/v1/config/qris", { payload, mode });

const code = (page: Page) => page.getByRole("img", { name: /^Kode QRIS/ });

/** The text that the code on the page has, by drawing the expected one. */
async function expectCode(page: Page, text: string): Promise<void> {
  const { data } = encode(text, { ecc: "M", border: 2 });
  const dark = data.flatMap((line, y) => line.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  await expect(code(page).locator("path").last()).toHaveAttribute("d", dark);
}

test("a manager pastes the shop's code, sees whom it pays, and a damaged one is refused", async ({ page, outlet }) => {
  await openConsole(page, outlet, "qris");
  await expect(page.getByText(c("qris.none"))).toBeVisible();
  const field = page.getByLabel(c("qris.payload"));
  await field.fill(MERCHANT.replace("CONTOH", "CONTOI"));
  await button(page, c("action.save")).click();
  await expect(page.getByText(/angka pemeriksanya tidak cocok/)).toHaveCount(1);
  await field.fill(`${MERCHANT}\n`);
  await button(page, c("action.save")).click();
  await expect(page.getByText("WARUNG CONTOH", { exact: true })).toBeVisible();
  await expect(page.getByText("ID1000000000001", { exact: true })).toBeVisible();
  await expectAccessible(page);
});

test("the till shows the code with the amount, hides it after five minutes, and records the payment", async ({
  page: till,
  outlet,
}) => {
  await set(outlet, MERCHANT);
  await till.clock.install();
  await openTill(till, outlet);
  await tile(till, "Espresso").click();
  await pay(till);
  await chooseMethod(till, "qris");
  await till.getByRole("button", { name: /^Tampilkan QRIS/ }).click();
  await expect(sheet(till).getByText("WARUNG CONTOH")).toBeVisible();
  const shown = await sheet(till).getByRole("status").first().textContent();
  const amount = Number(shown?.replace(/\D/g, ""));
  expect(amount).toBeGreaterThan(0);
  await expect(code(till)).toBeVisible();
  await till.clock.fastForward(5 * 60_000 + 1_000);
  await expect(sheet(till).getByText(t("qris.hidden"))).toBeVisible();
  await expect(code(till)).toHaveCount(0);
  await button(sheet(till), t("qris.again")).click();
  await expect(code(till)).toBeVisible();
  await sheet(till).getByRole("textbox").fill("8812");
  await button(sheet(till), t("qris.received")).click();
  await expect(till.getByText(t("done.next")).first()).toBeVisible();
  const [order] = await orders(outlet);
  expect(order?.payments[0]).toMatchObject({ method: "qris", amount, status: "unconfirmed", reference: "8812" });
});

test("the till draws the code that the server makes", async ({ page: till, outlet }) => {
  await set(outlet, MERCHANT);
  const product = await outlet.api.post<{ id: string }>("/api/v1/products", {
    name: "Paket",
    price: 92_400,
    tax_group: "none",
  });
  expect(product.id).toBeTruthy();
  await openTill(till, outlet);
  await tile(till, "Paket").click();
  await pay(till);
  await chooseMethod(till, "qris");
  const order = await outlet.api.post<{ id: string; total: number }>("/api/v1/orders", {
    lines: [{ product_id: product.id, qty: 1 }],
  });
  const made = await outlet.api.get<{ payload: string; amount: number }>(`/api/v1/orders/${order.id}/qris`);
  await till.getByRole("button", { name: /^Tampilkan QRIS/ }).click();
  await expectCode(till, made.payload);
});

test("without head office the till shows the code and records the payment", async ({ page: till, linked }) => {
  const { hub, outlet } = linked;
  await set(outlet, MERCHANT);
  await hub.server.kill();
  await openTill(till, outlet);
  await tile(till, "Espresso").click();
  await pay(till);
  await chooseMethod(till, "qris");
  await till.getByRole("button", { name: /^Tampilkan QRIS/ }).click();
  await expect(code(till)).toBeVisible();
  await button(sheet(till), t("qris.received")).click();
  await expect(paid(till)).toBeVisible();
  const [order] = await orders(outlet);
  expect(order?.payments[0]).toMatchObject({ method: "qris", amount: order?.total, status: "unconfirmed" });
});

test("of a code that asks for a tip the console says that the till's codes do not", async ({ page, outlet }) => {
  await set(outlet, MERCHANT);
  await openConsole(page, outlet, "qris");
  await expect(page.getByText("WARUNG CONTOH", { exact: true })).toBeVisible();
  await expect(page.getByText(c("qris.tip"))).toHaveCount(0);
  // Field 55: the guest is asked for a tip. The check value follows.
  const head = MERCHANT.slice(0, -8).replace("5802ID", "5502015802ID");
  await page.getByLabel(c("qris.payload")).fill(qrisCode({ head, tail: "", has_amount: false }, 0));
  await button(page, c("action.save")).click();
  await expect(page.getByText(c("qris.tip"))).toBeVisible();
  const order = await openOrder(outlet, "Espresso");
  const made = await outlet.api.get<{ payload: string }>(`/api/v1/orders/${order.id}/qris`);
  expect(made.payload).toContain("WARUNG CONTOH");
  expect(made.payload).not.toContain("5502015802ID");
});

test("above the limit of a payment the till asks for a split, and without a code nothing changes", async ({
  page: till,
  outlet,
}) => {
  await set(outlet, MERCHANT, "static");
  await outlet.api.post("/api/v1/products", { name: "Katering", price: 12_000_000, tax_group: "none" });
  await openTill(till, outlet);
  await tile(till, "Katering").click();
  await pay(till);
  await chooseMethod(till, "qris");
  await expect(till.getByRole("button", { name: t("qris.above", { most: "Rp 10.000.000" }) })).toBeDisabled();
  await set(outlet, null);
  await expect(till.getByText(t("hint.qris"))).toBeVisible();
});

test("an acquirer's statement proposes payments, and the manager confirms them", async ({ page, outlet }) => {
  const order = await paidOrder(outlet, [["Soto Ayam", 2]], "qris");
  const other = await paidOrder(outlet, [["Espresso", 1]], "qris");
  await openConsole(page, outlet, "unconfirmed");
  await expect(row(page, order.order_number)).toBeVisible();
  const file = `Tanggal;Nominal;RRN\n${order.payments[0]?.created_at};${order.total};'000111\nkemarin;1;2\n`;
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "mutasi.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
  await expect(row(page, "000111")).toContainText(order.order_number);
  await expect(page.getByText(c("unconfirmed.unreadable", { lines: "3" }))).toBeVisible();
  await expectAccessible(page);
  await button(page, c("unconfirmed.confirm", { count: 1 })).click();
  await expect(row(page, other.order_number)).toBeVisible();
  await expect(row(page, order.order_number)).toHaveCount(0);
  const [payment] = (await outlet.api.get<{ payments: object[] }>(`/api/v1/orders/${order.id}`)).payments;
  expect(payment).toMatchObject({ status: "confirmed", reference: "000111" });
});
