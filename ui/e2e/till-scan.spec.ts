// The barcode scanner, which types like a keyboard: its codes find products, and a person's keys stay a person's.

import { LATTE, PINS } from "./cafe";
import { expect, test } from "./fixtures";
import { change, line, pay, scan, t, take, tap, tile, type } from "./till";

const ESPRESSO = "8990000000017";
const UNKNOWN = "0001112223334";
const unknown = t("scan.unknown", { code: UNKNOWN });

test.beforeEach(async ({ outlet }) => {
  await change(outlet, "Espresso", { barcode: ESPRESSO });
});

test("U13 a scan while a quantity or a note is typed adds its product, and changes neither", async ({
  selling: till,
}) => {
  await tile(till, "Teh Tarik").click();
  await line(till, "Teh Tarik").click();
  const sheet = till.getByRole("dialog");
  await type(till, "3");
  const note = sheet.getByRole("textbox", { name: t("note") });
  await note.click();
  await type(till, "panas");
  await scan(till, ESPRESSO);
  await expect(line(till, "Espresso")).toBeVisible();
  await expect(note).toHaveValue("panas");
  await sheet.getByRole("button", { name: /Rp 45\.000/ }).click();
  await expect(line(till, "Teh Tarik")).toContainText("panas");
});

test("U13 a scan while an amount is typed adds its product, and leaves the amount", async ({ selling: till }) => {
  await tile(till, "Teh Tarik").click();
  await pay(till);
  await tap(till, "5", "0", "000");
  await scan(till, ESPRESSO);
  await expect(line(till, "Espresso")).toBeVisible();
  await expect(take(till)).toContainText("Rp 50.000");
});

test("U14 a scan finds its product while the search is open, and after a sheet was open", async ({ selling: till }) => {
  const search = till.getByRole("searchbox");
  await search.fill("teh");
  await scan(till, UNKNOWN);
  await expect(till.getByText(unknown)).toBeVisible();
  await expect(search).toHaveValue("teh");
  await scan(till, "8991234567890");
  await expect(till.getByRole("dialog").getByText(LATTE).first()).toBeVisible();
  await till.keyboard.press("Escape");
  await expect(till.getByRole("dialog")).toBeHidden();
  await scan(till, ESPRESSO);
  await expect(line(till, "Espresso")).toBeVisible();
});

test("U15 what a scanner begins with, typed by hand, arrives in the field", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await line(till, "Espresso").click();
  const note = till.getByRole("textbox", { name: t("note") });
  await note.click();
  await type(till, "~]C1/*#");
  await expect(note).toHaveValue("~]C1/*#");
});

test("U15 digits typed by hand arrive in the PIN", async ({ till }) => {
  await till.getByRole("button", { name: /Sari/ }).click();
  await type(till, PINS.sari);
  await till.getByRole("button", { name: t("sign_in.enter"), exact: true }).click();
  await expect(till.getByRole("searchbox")).toBeVisible();
});

test("U16 of two scans 80 ms apart one is unknown: both count, and it is named", async ({ selling: till }) => {
  await scan(till, UNKNOWN, ESPRESSO);
  await expect(line(till, "Espresso")).toBeVisible();
  await expect(till.getByText(unknown)).toBeVisible();
  await scan(till, ESPRESSO, UNKNOWN);
  await expect(line(till, /^2\s*Espresso/)).toBeVisible();
  await expect(till.getByText(unknown)).toHaveCount(1);
});
