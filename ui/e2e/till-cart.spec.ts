// The cart: what merges, what can be undone, and what survives.

import { LATTE } from "./cafe";
import { expect, test } from "./fixtures";
import { exact, line, orders, paid, pay, t, tap, tile, type } from "./till";

test("U17 digits replace the quantity of the line that is open", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await tile(till, "Teh Tarik").click();
  const sheet = till.getByRole("dialog");
  await line(till, "Espresso").click();
  await type(till, "3", "Enter");
  await expect(sheet).toBeHidden();
  await expect(line(till, "Espresso")).toContainText("Rp 48.000");
  await line(till, "Teh Tarik").click();
  await type(till, "12", "Enter");
  await expect(line(till, "Teh Tarik")).toContainText("Rp 180.000");
  await expect(line(till, "Espresso")).toContainText("Rp 48.000");
});

test("U22 an emptied cart comes back for ten seconds", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  const clear = till.getByRole("button", { name: t("cart.clear") });
  const undo = till.getByRole("button", { name: t("undo"), exact: true });
  // Not beside Pay, where a hurried thumb is.
  const [from, to] = [
    await clear.boundingBox(),
    await till.getByRole("button", { name: t("pay"), exact: true }).boundingBox(),
  ];
  expect((to?.y ?? 0) - (from?.y ?? 0)).toBeGreaterThan(200);
  await clear.click();
  await expect(till.getByText(t("cart.empty"))).toBeVisible();
  await undo.click();
  await expect(line(till, "Espresso")).toBeVisible();
  await till.clock.install();
  await clear.click();
  await till.clock.fastForward(9_000);
  await expect(undo).toBeVisible();
  await till.clock.fastForward(1_500);
  await expect(undo).toBeHidden();
});

test("U24 Back closes the top layer only, and at the root loses nothing", async ({ selling: till }) => {
  await till.setViewportSize({ width: 360, height: 640 });
  await tile(till, "Espresso").click();
  await till.getByRole("button", { name: new RegExp(`^${t("cart.open")}`) }).click();
  await line(till, "Espresso").click();
  await expect(till.getByRole("dialog")).toHaveCount(2);
  await till.goBack();
  await expect(till.getByRole("dialog")).toHaveCount(1);
  await expect(line(till, "Espresso")).toBeVisible();
  await till.goBack();
  await expect(till.getByRole("dialog")).toHaveCount(0);
  // Out of the till, and in again.
  await till.goBack();
  await till.goForward();
  await pay(till);
  await expect(exact(till)).toContainText("18.480");
});

test("U25 and U40 the cart survives a reload and an outage, and the sale goes on when the server is back", async ({
  selling: till,
  outlet,
}) => {
  await tile(till, "Espresso").click();
  await tile(till, "Teh Tarik").click();
  await outlet.server.kill();
  await expect(till.getByText(t("away")).first()).toBeVisible({ timeout: 30_000 });
  await expect(line(till, "Teh Tarik")).toBeVisible();
  await outlet.restart();
  await expect(till.getByText(t("away"))).toHaveCount(0, { timeout: 30_000 });
  await till.reload();
  await expect(line(till, "Teh Tarik")).toBeVisible();
  await pay(till);
  await exact(till).click();
  await expect(paid(till)).toBeVisible();
  expect(await orders(outlet)).toHaveLength(1);
});

test("U26 lines merge only if everything is equal, and a quantity keeps its price", async ({ selling: till }) => {
  const sheet = till.getByRole("dialog");
  const latte = async (...choices: string[]) => {
    await tile(till, LATTE).click();
    for (const choice of ["Kecil", "Normal", ...choices]) await sheet.getByText(choice, { exact: true }).click();
    await sheet.getByRole("button", { name: /^Tambah · / }).click();
  };
  await latte();
  await latte("Susu oat");
  await latte();
  await expect(line(till, LATTE)).toHaveCount(2);
  await expect(line(till, LATTE).first()).toContainText("Rp 54.000");
  const withOat = line(till, "Susu oat");
  await expect(withOat).toContainText("Rp 35.000");
  await withOat.click();
  await sheet.getByRole("button", { name: t("quantity.type", { qty: 1 }) }).click();
  await tap(till, "3");
  await sheet.getByRole("button", { name: /^Simpan · / }).click();
  await expect(withOat).toContainText("Rp 105.000");
  // A note makes it another line.
  await withOat.click();
  await sheet.getByRole("textbox", { name: t("note") }).fill("panas");
  await sheet.getByRole("button", { name: /^Simpan · / }).click();
  await latte("Susu oat");
  await expect(line(till, "Susu oat")).toHaveCount(2);
});
