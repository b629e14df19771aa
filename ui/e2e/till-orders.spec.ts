// Open orders: what is added, sent, changed, moved, merged and void, also by two people at once.

import type { Page } from "@playwright/test";
import { PINS } from "./cafe";
import { expect, test } from "./fixtures";
import {
  act,
  approve,
  exact,
  goToOrder,
  line,
  more,
  openOrder,
  openTill,
  orderOf,
  orders,
  paid,
  pay,
  sendButton,
  sheet,
  t,
  tap,
  tile,
} from "./till";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const inSheet = (page: Page, name: string) => sheet(page).getByRole("button", { name, exact: true });
const addTo = (page: Page) => button(page, t("target.add")).click();
const send = (page: Page, count: number) => sendButton(page, count).click();

test("products are added to an open order, sent to the kitchen and paid together", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(till, outlet, order);
  await button(till, t("order.add")).click();
  await expect(till.getByText(t("target", { number: order.order_number.split("-").at(-1) ?? "" }))).toBeVisible();
  await tile(till, "Espresso").click();
  await addTo(till);
  await expect(till).toHaveURL(new RegExp(`/orders/${order.id}$`));
  await send(till, 2);
  await expect(button(till, t("order.sent"))).toBeDisabled();
  await expect(till.getByRole("heading", { name: new RegExp(`^${t("line.sent", { time: "" })}`) })).toBeVisible();
  expect((await orderOf(outlet, order)).lines.map((one) => [one.name, one.sent_at !== null])).toEqual([
    ["Soto Ayam", true],
    ["Espresso", true],
  ]);
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect(await orders(outlet)).toHaveLength(1);
});

test("a cart that was being filled goes on hold when products are added to an order", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await tile(till, "Americano").click();
  await goToOrder(till, outlet, order);
  await button(till, t("order.add")).click();
  await expect(till.getByRole("button", { name: t("held.count", { count: 1 }) })).toBeVisible();
  await tile(till, "Espresso").click();
  // The guest wants to pay it apart.
  await button(till, t("target.detach")).click();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect((await orderOf(outlet, order)).lines).toHaveLength(1);
});

test("lines whose answer is lost are added once", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam");
  await goToOrder(till, outlet, order);
  await button(till, t("order.add")).click();
  await tile(till, "Espresso").click();
  await till.route("**/lines", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await addTo(till);
  await expect(till.getByText(t("waiting"))).toBeVisible();
  await till.unroute("**/lines");
  await expect(
    till
      .getByText(t("cart.empty"))
      .or(till.getByText(t("done.open")))
      .first(),
  ).toBeVisible({
    timeout: 30_000,
  });
  expect((await orderOf(outlet, order)).lines.map(({ name }) => name)).toEqual(["Soto Ayam", "Espresso"]);
});

test("a line is changed and removed until it is sent", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam");
  await goToOrder(till, outlet, order);
  await line(till, "Soto Ayam").getByRole("button").click();
  await inSheet(till, t("quantity.more")).click();
  await sheet(till)
    .getByRole("textbox", { name: t("note") })
    .fill("Tanpa seledri");
  await act(till).click();
  await expect(line(till, "Tanpa seledri")).toContainText("Rp 56.000");
  expect((await orderOf(outlet, order)).lines).toMatchObject([{ qty: 2, note: "Tanpa seledri" }]);
  await line(till, "Soto Ayam").getByRole("button").click();
  await button(till, t("line.remove")).click();
  await expect(line(till, "Soto Ayam")).toHaveCount(0);
});

test("pieces of a sent line are void with a reason and the approval of a manager", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Es Teh Manis", "2", 3);
  await goToOrder(till, outlet, order);
  await send(till, 3);
  await line(till, "Es Teh Manis").getByRole("button").click();
  await button(till, t("line.void_it")).click();
  await expect(act(till)).toHaveText(t("void_kind.first"));
  await inSheet(till, t("quantity.fewer")).click();
  await button(till, t("void_kind.wasted")).click();
  await expect(act(till)).toHaveText(t("grant.reason_first"));
  await button(till, t("void.wrong")).click();
  await expect(act(till)).toHaveText(t("grant.approver_first"));
  // A wrong PIN voids nothing.
  await approve(till, "Budi", "9999");
  await act(till).click();
  await expect(till.getByText(t("line.void.safe"))).toBeVisible();
  await tap(till, ...PINS.budi);
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(till.getByText(new RegExp(t("void_kind.wasted")))).toBeVisible();
  expect((await orderOf(outlet, order)).lines.map((one) => [one.qty, one.void_kind])).toEqual([
    [1, null],
    [2, "wasted"],
  ]);
});

test("a manager voids a sent line with a reason alone", async ({ page, outlet }) => {
  await openTill(page, outlet, "budi");
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(page, outlet, order);
  await send(page, 1);
  await line(page, "Soto Ayam").getByRole("button").click();
  await button(page, t("line.void_it")).click();
  await button(page, t("void_kind.returned")).click();
  await button(page, t("void.sold_out")).click();
  await act(page).click();
  await expect(sheet(page)).toHaveCount(0);
  expect((await orderOf(outlet, order)).lines).toMatchObject([{ void_kind: "returned" }]);
});

test("type, guest, number of guests and note of an open order are changed", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(till, outlet, order);
  await button(till, t("order.edit")).click();
  await button(till, t("type.take_away")).click();
  await sheet(till)
    .getByRole("textbox", { name: t("customer") })
    .fill("Bu Ani");
  await inSheet(till, t("quantity.more")).click();
  await inSheet(till, t("quantity.more")).click();
  await sheet(till)
    .getByRole("textbox", { name: t("order.note") })
    .fill("Ulang tahun");
  await act(till).click();
  await expect(sheet(till)).toBeHidden();
  await expect(till.getByText("Ulang tahun")).toBeVisible();
  expect(await orderOf(outlet, order)).toMatchObject({ customer_name: "Bu Ani", pax: 2, note: "Ulang tahun" });
});

test("an order moves to a free table, and is merged with the order at a taken one", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "1");
  const other = await openOrder(outlet, "Espresso", "3");
  await goToOrder(till, outlet, order);
  await more(till, t("order.move"));
  await sheet(till).getByRole("button", { name: /^2/ }).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(till.getByText(t("table.named", { name: "2" })).first()).toBeVisible();
  await more(till, t("order.move"));
  await sheet(till).getByRole("button", { name: /^3/ }).click();
  await sheet(till)
    .getByRole("region", { name: t("order.taken", { name: "3" }) })
    .getByRole("button")
    .click();
  await expect(till).toHaveURL(new RegExp(other.id));
  await expect(line(till, "Soto Ayam")).toBeVisible();
  expect(await orderOf(outlet, order)).toMatchObject({ status: "void", merged_into: other.id });
});

test("T41 other open orders are merged into one, and what was sent stays sent", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "1");
  const other = await openOrder(outlet, "Espresso", "3");
  await outlet.api.post(`/api/v1/orders/${other.id}/send`);
  await goToOrder(till, outlet, order);
  await more(till, t("order.merge"));
  await expect(act(till)).toHaveText(t("order.merge.first"));
  await sheet(till)
    .getByRole("button", { name: new RegExp(t("table.named", { name: "3" })) })
    .click();
  await act(till).click();
  await expect(line(till, "Espresso")).toBeVisible();
  await expect(sendButton(till, 1)).toBeVisible();
  expect(await orderOf(outlet, other)).toMatchObject({ status: "void", merged_into: order.id });
});

test("U47 what two waiters add to one table stands", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(till, outlet, order);
  await button(till, t("order.add")).click();
  await tile(till, "Espresso").click();
  const lines = [{ product_id: outlet.cafe.products.Americano, qty: 1 }];
  await outlet.api.post(`/api/v1/orders/${order.id}/lines`, lines);
  await addTo(till);
  await expect(till).toHaveURL(new RegExp(`/orders/${order.id}$`));
  expect((await orderOf(outlet, order)).lines.map(({ name }) => name)).toEqual(["Soto Ayam", "Americano", "Espresso"]);
});

test("U47 who changes a line that somebody else has just changed is asked", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  const [soup] = order.lines;
  // No event reaches the till, so it learns of the change by the server's refusal.
  await till.route("**/api/v1/events*", (route) => route.abort());
  await goToOrder(till, outlet, order);
  await line(till, "Soto Ayam").getByRole("button").click();
  await inSheet(till, t("quantity.more")).click();
  await outlet.api.call("PATCH", `/api/v1/orders/${order.id}/lines/${soup?.id}`, { qty: 5 });
  await act(till).click();
  await expect(till.getByText(t("line.changed", { qty: 5, note: t("line.no_note") }))).toBeVisible();
  expect((await orderOf(outlet, order)).lines[0]?.qty).toBe(5);
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  expect((await orderOf(outlet, order)).lines[0]?.qty).toBe(2);
});

test("U47 a change of another line in between does not matter", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await till.route("**/api/v1/events*", (route) => route.abort());
  await goToOrder(till, outlet, order);
  await line(till, "Soto Ayam").getByRole("button").click();
  await inSheet(till, t("quantity.more")).click();
  const lines = [{ product_id: outlet.cafe.products.Americano, qty: 1 }];
  await outlet.api.post(`/api/v1/orders/${order.id}/lines`, lines);
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  expect((await orderOf(outlet, order)).lines.map(({ qty }) => qty)).toEqual([2, 1]);
});

test("U48 an order that is settled elsewhere is left at once, and says who settled it", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(till, outlet, order);
  await more(till, t("discount.order"));
  await outlet.api.post(`/api/v1/orders/${order.id}/payments`, { method: "cash", amount: order.total });
  await expect(sheet(till)).toHaveCount(0);
  await expect(till.getByText(/Lunas .+, diterima .+/)).toBeVisible();
  await expect(button(till, t("order.add"))).toHaveCount(0);
});

test("T23 products for an order that was just settled: who settled it, when, and a way on", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(till, outlet, order);
  await button(till, t("order.add")).click();
  await tile(till, "Espresso").click();
  await outlet.api.post(`/api/v1/orders/${order.id}/payments`, { method: "cash", amount: order.total });
  await addTo(till);
  await expect(till.getByRole("alert")).toContainText(/sudah lunas: diterima .+ pada/);
  await button(till, t("target.detach")).click();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect((await orders(outlet)).map(({ status }) => status)).toEqual(["paid", "paid"]);
});

test("U24 Back closes a sheet that has replaced another one, and the next Back leaves the order", async ({
  selling: till,
  outlet,
}) => {
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await button(till, t("place.tables")).click();
  await till.getByRole("button", { name: new RegExp(t("table.taken")) }).click();
  await expect(till).toHaveURL(new RegExp(order.id));
  await line(till, "Soto Ayam").getByRole("button").click();
  await inSheet(till, t("discount.give")).click();
  await expect(sheet(till)).toContainText(t("discount.often"));
  await till.goBack();
  await expect(sheet(till)).toHaveCount(0);
  await expect(till).toHaveURL(new RegExp(order.id));
  await till.goBack();
  await expect(till).toHaveURL(/tables$/);
});
