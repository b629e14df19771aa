// The main paths of a cashier.

import { LATTE, PINS } from "./cafe";
import { expect, test } from "./fixtures";
import {
  act,
  approve,
  chooseMethod,
  goToOrder,
  line,
  logIn,
  more,
  openOrder,
  orders,
  paid,
  pay,
  sheet,
  t,
  take,
  tile,
} from "./till";

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

test("variants and modifiers are asked for, with the price so far", async ({ selling: till, outlet }) => {
  await tile(till, LATTE).click();
  const sheet = till.getByRole("dialog");
  await expect(sheet.getByRole("button", { name: t("choose.variant") })).toBeDisabled();
  await sheet.getByText("Besar").click();
  await sheet.getByText("Sedikit").click();
  await sheet.getByText("Susu oat").click();
  await sheet.getByRole("button", { name: /Rp 41\.000/ }).click();
  await pay(till);
  await chooseMethod(till, "card");
  await take(till).click();
  await expect(paid(till)).toBeVisible();
  const [order] = await orders(outlet);
  expect(order?.lines[0]).toMatchObject({ variant_name: "Besar", price: 41_000 });
  expect(order?.lines[0]?.modifiers.map((modifier) => modifier.name).sort()).toEqual(["Sedikit", "Susu oat"]);
  expect(order?.payments[0]?.method).toBe("card");
});

test("a cart is held, and taken up again", async ({ selling: till }) => {
  await tile(till, "Espresso").click();
  await till.getByRole("button", { name: t("hold"), exact: true }).click();
  await expect(till.getByText(t("cart.empty"))).toBeVisible();
  await till.getByRole("button", { name: t("held.count", { count: 1 }) }).click();
  await till
    .getByRole("dialog")
    .getByRole("button", { name: /Espresso/ })
    .click();
  await expect(line(till, "Espresso")).toBeVisible();
});

test("an open order is voided with a reason and a manager's PIN", async ({ selling: till, outlet }) => {
  const order = await openOrder(outlet, "Soto Ayam");
  await goToOrder(till, outlet, order);
  await more(till, t("void.order"));
  await sheet(till).getByText(t("void.wrong")).click();
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  await expect(till.getByText(t("status.void")).first()).toBeVisible();
  expect((await orders(outlet))[0]?.status).toBe("void");
});
