// Goods sold by weight, and the numbers by which guests without a table are called.

import { expect, type Outlet, test } from "./fixtures";
import { change, exact, line, openOrder, paid, pay, scan, setShop, sheet, t, tap, tile, type } from "./till";

/** 15.750 of item 123, and 345 grams of it. */
const PRICE = "2100123157501";
const WEIGHT = "2300123003451";

async function sellByWeight(outlet: Outlet): Promise<void> {
  await setShop(outlet, { barcode_patterns: [{ pattern: "21IIIIIPPPPPC" }, { pattern: "23IIIIIWWWWWC" }] });
  await change(outlet, "Roti Bakar", { price: 85_000, unit: "kg", qty_scale: 3, scale_code: "123" });
}

const weights = async (outlet: Outlet) => {
  const [order] =
    await outlet.api.get<{ lines: { qty: number; unit: string | null; amount: number }[] }[]>("/api/v1/orders");
  return order?.lines.map(({ qty, unit, amount }) => [qty, unit, amount]);
};

test("a scanned code of the scale adds its product, weight and price", async ({ selling: till, outlet }) => {
  await sellByWeight(outlet);
  await expect(tile(till, "Roti Bakar")).toContainText("/kg");
  await scan(till, PRICE, WEIGHT);
  await expect(line(till, "Roti Bakar")).toHaveCount(2);
  await expect(line(till, "Rp 15.750")).toContainText("0,185 kg");
  await expect(line(till, "Rp 29.325")).toContainText("0,345 kg");
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect(await weights(outlet)).toEqual([
    [185, "kg", 15_750],
    [345, "kg", 29_325],
  ]);
});

test("a product sold by weight asks what it weighs", async ({ selling: till, outlet }) => {
  await sellByWeight(outlet);
  await expect(tile(till, "Roti Bakar")).toContainText("/kg");
  await tile(till, "Roti Bakar").click();
  await expect(sheet(till).getByRole("button", { name: t("weight.enter") })).toBeDisabled();
  await tap(till, "1", "8");
  await type(till, "5", "Enter");
  await expect(line(till, "Roti Bakar")).toContainText("Rp 15.725");
  await tile(till, "Roti Bakar").click();
  await tap(till, "5", "0", "0");
  await sheet(till)
    .getByRole("button", { name: t("choose.add", { price: "Rp 42.500" }) })
    .click();
  await expect(line(till, "Roti Bakar"), "each weighing is a line of its own").toHaveCount(2);
});

test("a code that the catalog does not explain is named, and one of pieces says so", async ({
  selling: till,
  outlet,
}) => {
  await sellByWeight(outlet);
  await expect(tile(till, "Roti Bakar")).toContainText("/kg");
  await scan(till, "2300123003452");
  await expect(till.getByText(t("scan.unknown", { code: "2300123003452" }))).toBeVisible();
  await change(outlet, "Roti Bakar", { qty_scale: 0, unit: null });
  await expect(tile(till, "Roti Bakar")).not.toContainText("/kg");
  await scan(till, WEIGHT);
  await expect(till.getByText(t("scan.not_by_weight", { name: "Roti Bakar" }))).toBeVisible();
});

test("an order without a table shows its queue number", async ({ selling: till, outlet }) => {
  await tile(till, "Espresso").click();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toContainText(t("queue"));
  const [order] = await outlet.api.get<{ queue_no: number; order_number: string }[]>("/api/v1/orders");
  expect(order?.queue_no).toBe(1);
  await openOrder(outlet, "Espresso");
  await till.goto(`${outlet.server.url}/till/orders`);
  await expect(till.getByRole("listitem").filter({ hasText: t("queue.named", { number: 2 }) })).toBeVisible();
});
