// The chain's tenders at the till: their names are the ways to pay, in corrections and refunds as well, and each is counted by itself.

import type { Page } from "@playwright/test";
import { PINS } from "./cafe";
import { expect, type Outlet, test } from "./fixtures";
import { act, approve, openTill, orders, paid, pay, sheet, t, take, tap, tile } from "./till";

interface Made {
  id: string;
}

interface Paid {
  payments: {
    method: string;
    tender_id: string | null;
    tender_name: string | null;
    amount: number;
    reference: string | null;
  }[];
}

const way = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const payment = (page: Page, name: string) => page.getByRole("button", { name: new RegExp(`^${name}`) });
const inSheet = (page: Page, name: string) => sheet(page).getByRole("button", { name, exact: true });

const make = (outlet: Outlet, name: string, method: string, more: object = {}) =>
  outlet.api.post<Made>("/api/v1/tenders", { name, method, ...more });

async function makeTenders(outlet: Outlet): Promise<Made> {
  const bca = await make(outlet, "BCA EDC", "card", { position: 1 });
  await make(outlet, "Mandiri EDC", "card", { position: 2, needs_reference: true });
  await make(outlet, "GoFood", "other", { position: 3, special: "platform" });
  await make(outlet, "BRI EDC", "card", { active: false });
  await make(outlet, "Tidak masuk", "other", { special: "writeoff" });
  return bca;
}

const lastOrder = async (outlet: Outlet) => (await orders(outlet))[0] as unknown as Paid;

test("the tenders of a method are offered by name, and one that needs a reference waits for it", async ({
  page: till,
  outlet,
}) => {
  const bca = await makeTenders(outlet);
  await openTill(till, outlet);
  await tile(till, "Espresso").click();
  await pay(till);
  const ways = till.getByRole("group", { name: t("methods") }).getByRole("button");
  const names = [
    t("method.cash"),
    t("method.qris"),
    "BCA EDC",
    "Mandiri EDC",
    t("method.transfer"),
    t("method.ewallet"),
    "GoFood",
  ];
  await expect(ways).toHaveText(names);
  // Two terminals share a bill: each payment has its own name.
  await way(till, "BCA EDC").click();
  await tap(till, "8", "000");
  await take(till).click();
  await expect(till.getByRole("list", { name: t("pay.taken") })).toContainText("BCA EDC");
  await way(till, "Mandiri EDC").click();
  await expect(take(till)).toHaveText(t("reference.first"));
  await expect(take(till)).toBeDisabled();
  await till.getByRole("textbox", { name: t("reference") }).fill("4471");
  await take(till).click();
  await expect(paid(till)).toContainText("Mandiri EDC");
  const { payments } = await lastOrder(outlet);
  expect(payments).toMatchObject([
    { method: "card", tender_id: bca.id, tender_name: "BCA EDC", amount: 8_000, reference: null },
    { method: "card", tender_name: "Mandiri EDC", amount: 10_480, reference: "4471" },
  ]);
});

test("a payment is corrected to another terminal; to write it off needs a manager", async ({ page: till, outlet }) => {
  await makeTenders(outlet);
  await openTill(till, outlet);
  await tile(till, "Espresso").click();
  await pay(till);
  await way(till, "BCA EDC").click();
  await take(till).click();
  await till.getByRole("button", { name: t("done.look") }).click();
  await payment(till, "BCA EDC").click();
  await inSheet(till, t("payment.correct")).click();
  await expect(inSheet(till, "BCA EDC")).toHaveCount(0);
  await inSheet(till, "GoFood").click();
  await inSheet(till, t("payment.mistake")).click();
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await payment(till, "GoFood").click();
  await inSheet(till, t("payment.correct")).click();
  await inSheet(till, "Tidak masuk").click();
  await inSheet(till, t("payment.bounced")).click();
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  const { payments } = await lastOrder(outlet);
  expect(payments.map(({ tender_name, amount }) => [tender_name, amount])).toEqual([
    ["BCA EDC", 18_480],
    ["BCA EDC", -18_480],
    ["GoFood", 18_480],
    ["GoFood", -18_480],
    ["Tidak masuk", 18_480],
  ]);
});

test("a refund goes back to one of two terminals, and each terminal is counted at the close", async ({
  page: till,
  outlet,
}) => {
  const bca = await makeTenders(outlet);
  const drawer = await outlet.api.post<Made>("/api/v1/drawers", { name: "Laci" });
  await openTill(till, outlet, "budi");
  const shift = await outlet.api.post<Made>("/api/v1/shifts", { drawer_id: drawer.id, opening: 0 });
  const gofood = (await outlet.api.get<(Made & { name: string })[]>("/api/v1/tenders")).find(
    ({ name }) => name === "GoFood",
  );
  const order = await outlet.api.post<Made>("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products.Espresso, qty: 1 }],
    payments: [
      { tender_id: bca.id, amount: 8_480 },
      { tender_id: gofood?.id, amount: 10_000 },
    ],
  });
  await till.goto(`${outlet.server.url}/till/orders/${order.id}`);
  await till.getByRole("button", { name: t("refund"), exact: true }).click();
  await sheet(till).getByText(t("refund.kind.amount"), { exact: true }).click();
  await tap(till, "5", "000");
  await act(till).click();
  await inSheet(till, "BCA EDC").click();
  await inSheet(till, t("refund.late")).click();
  await act(till).click();
  await expect(sheet(till).getByText("BCA EDC")).toBeVisible();
  await act(till).click();

  await till.goto(`${outlet.server.url}/till/shift/${shift.id}/close`);
  await till.getByRole("button", { name: new RegExp(`^${t("shift.counted", { amount: "Rp 0" })}`) }).click();
  await till.getByLabel("BCA EDC", { exact: true }).fill("3480");
  await till.getByLabel("GoFood", { exact: true }).fill("9000");
  await till.getByRole("button", { name: t("shift.close.action"), exact: true }).click();
  await expect(till.getByRole("region", { name: t("shift.difference") })).toBeVisible();
  await expect(till.getByText("GoFood").first()).toBeVisible();
  const closed = await outlet.api.get<{ tenders: { tender_name: string | null; expected: number; counted: number }[] }>(
    `/api/v1/shifts/${shift.id}`,
  );
  const counts = closed.tenders.map(({ tender_name, expected, counted }) => [tender_name, expected, counted]);
  expect(counts).toContainEqual(["BCA EDC", 3_480, 3_480]);
  expect(counts).toContainEqual(["GoFood", 10_000, 9_000]);
});
