// Bills that are split by line, and payments after they were taken: deposits, confirmations, corrections.

import type { Page } from "@playwright/test";
import { PINS } from "./cafe";
import { expect, test } from "./fixtures";
import {
  act,
  approve,
  chooseMethod,
  exact,
  goToOrder,
  line,
  more,
  openOrder,
  orderOf,
  orders,
  paid,
  pay,
  setShop,
  sheet,
  t,
  take,
  tap,
  tile,
} from "./till";

const inSheet = (page: Page, name: string | RegExp) => sheet(page).getByRole("button", { name, exact: true });
const payment = (page: Page, name: string) => page.getByRole("button", { name: new RegExp(`^${name}`) });

test("T17 a bill is split by line into three, which together come to the rupiah of the whole", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Es Teh Manis", "2", 3);
  const more_lines = ["Soto Ayam", "Espresso"].map((name) => ({ product_id: outlet.cafe.products[name], qty: 1 }));
  const whole = await outlet.api.post<{ total: number }>(`/api/v1/orders/${order.id}/lines`, more_lines);
  const discounted = await outlet.api.post<{ total: number }>(`/api/v1/orders/${order.id}/discounts`, {
    kind: "percent",
    rate_bp: 333,
  });
  expect(discounted.total).toBeLessThan(whole.total);
  await goToOrder(till, outlet, order);
  await more(till, t("bill.split"));
  await expect(act(till)).toHaveText(t("bill.refused.nothing"));
  await inSheet(till, t("bill.more", { name: "Es Teh Manis" })).click();
  await inSheet(till, t("bill.more", { name: "Soto Ayam" })).click();
  await inSheet(till, t("bill.add")).click();
  await expect(act(till)).toHaveText(t("bill.refused.empty"));
  await inSheet(till, t("bill.more", { name: "Es Teh Manis" })).click();
  await act(till).click();
  await expect(sheet(till).getByText(t("bill.done"))).toBeVisible();
  const bills = await orders(outlet);
  expect(bills.reduce((sum, { total }) => sum + total, 0)).toBe(discounted.total);
  for (const { total } of bills) {
    const shown = `Rp ${total.toLocaleString("id-ID")}`;
    await expect(sheet(till).getByText(shown, { exact: true }).first()).toBeVisible();
  }
  await sheet(till)
    .getByRole("button", { name: t("pay") })
    .nth(1)
    .click();
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect((await orders(outlet)).map(({ status }) => status).sort()).toEqual(["open", "open", "paid"]);
});

test("T18 neither nothing nor everything can be split off", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Es Teh Manis", "2", 2);
  await goToOrder(till, outlet, order);
  await more(till, t("bill.split"));
  await inSheet(till, t("bill.more", { name: "Es Teh Manis" })).click();
  await expect(act(till)).toBeEnabled();
  await inSheet(till, t("bill.more", { name: "Es Teh Manis" })).click();
  await expect(act(till)).toHaveText(t("bill.refused.everything"));
  await expect(inSheet(till, t("bill.more", { name: "Es Teh Manis" }))).toBeDisabled();
});

test("a deposit is taken for an open order, and given back with an approval", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "2", 2);
  await goToOrder(till, outlet, order);
  await more(till, t("deposit"));
  await expect(take(till)).toHaveText(t("pay.nothing"));
  await tap(till, "2", "0", "000");
  await take(till).click();
  await expect(till).toHaveURL(new RegExp(`/orders/${order.id}$`));
  await expect(till.getByText(t("pay.rest"))).toBeVisible();
  expect(await orderOf(outlet, order)).toMatchObject({ status: "open", paid: 20_000 });
  // What is paid in part is neither split nor void; the page says why.
  await till.getByRole("button", { name: t("order.more"), exact: true }).click();
  await expect(sheet(till).getByRole("button", { name: new RegExp(`^${t("void.order")}`) })).toBeDisabled();
  await till.keyboard.press("Escape");
  await payment(till, t("method.cash")).click();
  await inSheet(till, t("payment.return")).click();
  await inSheet(till, t("void.left")).click();
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(till.getByText(t("payment.reversed", { reason: t("void.left") }))).toBeVisible();
  expect((await orderOf(outlet, order)).paid).toBe(0);
});

test("U12 a QRIS payment stays unconfirmed until a person has seen the money", async ({ selling: till, outlet }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await chooseMethod(till, "qris");
  await till.getByRole("textbox", { name: t("reference") }).fill("RRN 0042");
  await take(till).click();
  await expect(paid(till)).toBeVisible();
  const [order] = await orders(outlet);
  expect(order?.payments).toMatchObject([{ status: "unconfirmed", reference: "RRN 0042" }]);
  await till.getByRole("button", { name: t("done.look") }).click();
  await payment(till, t("payment.unconfirmed", { method: t("method.qris") })).click();
  await inSheet(till, t("payment.confirm")).click();
  // A guest can show the picture of a payment that was never made: the acquirer's notice has a reference.
  await sheet(till).getByRole("textbox").fill("");
  await expect(act(till)).toHaveText(t("reference.first"));
  await expect(act(till)).toBeDisabled();
  await sheet(till).getByRole("textbox").fill("RRN 0042");
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(payment(till, t("method.qris")).first()).not.toContainText(
    t("payment.unconfirmed", { method: "" }).slice(2),
  );
  expect((await orders(outlet))[0]?.payments).toMatchObject([{ status: "confirmed" }]);
});

test("T15 a wrong tender is corrected on the same day without an approval; the order stays paid", async ({
  selling: till,
  outlet,
}) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await till.getByRole("button", { name: t("done.look") }).click();
  await payment(till, t("method.cash")).click();
  await inSheet(till, t("payment.correct")).click();
  await expect(act(till)).toHaveText(t("payment.method_first"));
  await inSheet(till, t("method.card")).click();
  await sheet(till)
    .getByRole("textbox", { name: t("reference.optional") })
    .fill("EDC 7781");
  await inSheet(till, t("payment.mistake")).click();
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(payment(till, t("method.card"))).toContainText("EDC 7781");
  const [order] = await orders(outlet);
  expect(order?.status).toBe("paid");
  expect(order?.payments.map(({ method, amount }) => [method, amount])).toEqual([
    ["cash", 18_480],
    ["cash", -18_480],
    ["card", 18_480],
  ]);
});

test("U5 with cash rounding equal parts can be handed over, and the last one is rounded", async ({
  selling: till,
  outlet,
}) => {
  await setShop(outlet, { cash_rounding_step: 100 });
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await till.reload();
  await goToOrder(till, outlet, order);
  await expect(line(till, "Soto Ayam")).toBeVisible();
  await pay(till);
  await till.getByRole("button", { name: t("split") }).click();
  await sheet(till)
    .getByRole("button", { name: t("split.people", { count: 3 }) })
    .click();
  // 32,340 by three is 10,780.
  for (const amount of ["10.700", "10.700", "10.900"]) {
    await expect(exact(till)).toContainText(amount);
    await exact(till).click();
  }
  await expect(paid(till)).toBeVisible();
  expect((await orderOf(outlet, order)).payments.map(({ amount }) => amount)).toEqual([10_700, 10_700, 10_900]);
});
