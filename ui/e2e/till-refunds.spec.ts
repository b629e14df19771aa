// Refunds at the till: pieces or an amount of a paid order, with an approval, to the tender or in cash.

import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { PINS } from "./cafe";
import { expect, type Outlet, test } from "./fixtures";
import { giveBack, paidOrder } from "./refunds";
import { smallTargets } from "./targets";
import { act, approve, type Order, openTill, orderOf, setShop, sheet, t, tap } from "./till";

const inSheet = (page: Page, name: string | RegExp) => sheet(page).getByRole("button", { name, exact: true });
const moreOf = (page: Page, name: string) => inSheet(page, t("bill.more", { name })).click();

/** Opens a paid order, and the sheet that gives money back. */
async function openRefund(page: Page, outlet: Outlet, order: Order): Promise<void> {
  await page.goto(`${outlet.server.url}/till/orders/${order.id}`);
  await page.getByRole("button", { name: t("refund"), exact: true }).click();
  await expect(sheet(page)).toBeVisible();
}

/** An amount without goods. */
async function askAmount(page: Page, thousands: string): Promise<void> {
  await sheet(page).getByText(t("refund.kind.amount"), { exact: true }).click();
  await expect(act(page)).toHaveText(t("pay.nothing"));
  await tap(page, ...thousands, "000");
  await act(page).click();
}

test("T2 pieces go back with an approval, to the tender that took the money, and the order shows it", async ({
  selling: till,
  outlet,
}) => {
  const order = await paidOrder(outlet, [
    ["Soto Ayam", 3],
    ["Es Teh Manis", 1],
  ]);
  await openRefund(till, outlet, order);
  await expect(act(till)).toHaveText(t("bill.refused.nothing"));
  await moreOf(till, "Soto Ayam");
  await inSheet(till, t("refund.restock")).click();
  await act(till).click();
  await expect(act(till)).toHaveText(t("grant.reason_first"));
  await inSheet(till, t("void.complaint")).click();
  await expect(act(till)).toHaveText(t("grant.approver_first"));
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  await expect(sheet(till).getByText(t("refund.done"))).toBeVisible();
  await expect(sheet(till).getByText("Rp 32.340").first()).toBeVisible();
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  const now = await orderOf(outlet, order);
  expect(now.refunds).toMatchObject([
    {
      total: 32_340,
      lines: [{ name: "Soto Ayam", qty: 1, restock: true }],
      payments: [{ method: "cash", amount: 32_340 }],
    },
  ]);
  // What was given back can be looked at, and is not offered again.
  await till.getByRole("button", { name: new RegExp(`^${t("refund.named", { number: "R0001" })}`) }).click();
  await expect(sheet(till).getByText(now.refunds[0]?.refund_number ?? "")).toBeVisible();
  await till.keyboard.press("Escape");
  await till.getByRole("button", { name: t("refund"), exact: true }).click();
  await expect(sheet(till).getByText(t("bill.left", { left: 2, all: 3 }))).toBeVisible();
});

test("T14 what was paid by QRIS goes back in cash, partly in cash, or by QRIS; a manager needs only a reason", async ({
  page: till,
  outlet,
}) => {
  await openTill(till, outlet, "budi");
  const order = await paidOrder(outlet, [["Espresso", 2]], "qris");
  const give = async (thousands: string, how: () => Promise<void>) => {
    await openRefund(till, outlet, order);
    await askAmount(till, thousands);
    await how();
    await inSheet(till, t("refund.late")).click();
    await act(till).click();
    await expect(sheet(till).getByText(t("refund.done"))).toBeVisible();
    await act(till).click();
  };
  await give("10", () => inSheet(till, t("method.cash")).click());
  await give("8", async () => {
    await inSheet(till, t("refund.way.part_cash")).click();
    await expect(act(till)).toHaveText(t("refund.cash_first"));
    await sheet(till).getByLabel(t("refund.cash_part"), { exact: true }).fill("3.000");
  });
  await give("5", async () => {});
  const { refunds } = await orderOf(outlet, order);
  expect(refunds.map(({ payments }) => payments.map(({ method, amount }) => [method, amount]))).toEqual([
    [["cash", 10_000]],
    [
      ["cash", 3_000],
      ["qris", 5_000],
    ],
    [["qris", 5_000]],
  ]);
  await expect(till.getByText(t("refund.all"))).toBeVisible();
});

test("no more goes back than is left: another till was faster, and the page says what is left", async ({
  page: till,
  outlet,
}) => {
  await openTill(till, outlet, "budi");
  const order = await paidOrder(outlet, [["Espresso", 2]]);
  await openRefund(till, outlet, order);
  await askAmount(till, "30");
  await inSheet(till, t("void.wrong")).click();
  await giveBack(outlet, order, { amount: 20_000 });
  await act(till).click();
  await expect(sheet(till).getByRole("alert")).toContainText(/16\.?960/);
  await expect(sheet(till).getByText(t("refund.safe"))).toBeVisible();
  await inSheet(till, t("order.edit")).click();
  await expect(sheet(till).getByText(t("refund.left", { amount: "Rp 16.960" }))).toBeVisible();
  expect((await orderOf(outlet, order)).refunded).toBe(20_000);
});

test("a refund of everything whose answer is lost is given once", async ({ selling: till, outlet }) => {
  const order = await paidOrder(outlet, [
    ["Soto Ayam", 2],
    ["Es Teh Manis", 1],
  ]);
  await openRefund(till, outlet, order);
  await inSheet(till, t("refund.everything")).click();
  await act(till).click();
  await inSheet(till, t("void.wrong")).click();
  await till.route(
    "**/refunds",
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  // The order shows the refund already; the answer is still asked for, with the same key.
  await expect(sheet(till).getByText(t("shift.unanswered"))).toBeVisible();
  await expect(act(till)).toHaveText(t("shift.send_again"));
  await act(till).click();
  await expect(sheet(till).getByText(t("refund.done"))).toBeVisible();
  const now = await orderOf(outlet, order);
  expect(now.refunds).toHaveLength(1);
  expect(now.refunded).toBe(now.paid);
});

test("cash goes back in an open shift only, and the page leads to one", async ({ selling: till, outlet }) => {
  const order = await paidOrder(outlet, [["Soto Ayam", 1]]);
  await setShop(outlet, { shift_required: true });
  await openRefund(till, outlet, order);
  await moreOf(till, "Soto Ayam");
  await act(till).click();
  await inSheet(till, t("void.wrong")).click();
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  await expect(sheet(till).getByText(t("refund.shift"))).toBeVisible();
  await inSheet(till, t("shift.open")).click();
  await expect(till).toHaveURL(new RegExp(`/shift\\?back=.*${order.id}`));
});

test("paid orders of all days are found, and one that was given back whole offers nothing more", async ({
  selling: till,
  outlet,
}) => {
  const order = await paidOrder(outlet, [["Soto Ayam", 1]]);
  await till.goto(`${outlet.server.url}/till/orders`);
  await till.getByText(t("orders.paid"), { exact: true }).first().click();
  await till.getByRole("button", { name: new RegExp(order.order_number.slice(-4)) }).click();
  await expect(till.getByRole("button", { name: t("refund"), exact: true })).toBeVisible();
  await giveBack(outlet, order, { lines: [{ line_id: order.lines[0]?.id, qty: 1 }] });
  await expect(till.getByRole("button", { name: t("refund"), exact: true })).toHaveCount(0);
});

test("the sheets of a refund are accessible, and every target is large enough", async ({ selling: till, outlet }) => {
  test.setTimeout(180_000);
  const order = await paidOrder(
    outlet,
    [
      ["Soto Ayam", 3],
      ["Es Teh Manis", 1],
    ],
    "qris",
  );
  for (const colorScheme of ["light", "dark"] as const) {
    await till.emulateMedia({ colorScheme });
    await till.setViewportSize({ width: 1024, height: 768 });
    await openRefund(till, outlet, order);
    await moreOf(till, "Soto Ayam");
    await test.step(`what ${colorScheme}`, () => expectAccessible(till));
    await till.setViewportSize({ width: 360, height: 740 });
    expect(await smallTargets(till)).toEqual([]);
    await act(till).click();
    await inSheet(till, "Budi").click();
    await test.step(`how ${colorScheme}`, () => expectAccessible(till));
    expect(await smallTargets(till)).toEqual([]);
  }
});
