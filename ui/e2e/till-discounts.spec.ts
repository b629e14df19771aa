// Discounts and gifts: what they come to is on the screen before they are given, and who may give how much.

import type { Page } from "@playwright/test";
import { PINS } from "./cafe";
import { expect, type Outlet, test } from "./fixtures";
import { act, approve, goToOrder, line, more, openOrder, openTill, orderOf, setShop, sheet, t } from "./till";

/** Lets cashiers give this much without an approval, in basis points. */
const setLimit = (outlet: Outlet, discount_limit_cashier_bp: number) => setShop(outlet, { discount_limit_cashier_bp });

const inSheet = (page: Page, name: string) => sheet(page).getByRole("button", { name, exact: true });
const chooseKind = (page: Page, kind: "amount" | "compliment") =>
  sheet(page)
    .getByText(t(`discount.kind.${kind}`), { exact: true })
    .click();
const percent = (page: Page) => sheet(page).getByRole("textbox", { name: t("discount.other") });

test("U10 a typed percentage shows what it comes to, with comma and dot, and never goes beyond 100", async ({
  selling: till,
  outlet,
}) => {
  await setLimit(outlet, 10_000);
  const order = await openOrder(outlet, "Soto Ayam", "2", 2);
  await till.reload();
  await goToOrder(till, outlet, order);
  await more(till, t("discount.order"));
  await expect(act(till)).toHaveText(t("discount.refused.nothing"));
  for (const [text, amount] of [
    ["50", "Rp 28.000"],
    ["12,5", "Rp 7.000"],
    ["12.5", "Rp 7.000"],
    ["100", "Rp 56.000"],
  ] as const) {
    await percent(till).fill(text);
    await expect(act(till)).toHaveText(t("discount.act", { amount }));
    await expect(sheet(till).getByText(`−${amount}`)).toBeVisible();
  }
  await percent(till).fill("101");
  await expect(act(till)).toBeDisabled();
  await expect(act(till)).toHaveText(t("discount.refused.over"));
  // The field says what it is; an amount is a field of its own, and begins empty.
  await chooseKind(till, "amount");
  const amount = sheet(till).getByRole("textbox", { name: t("discount.value") });
  await expect(amount).toHaveValue("");
  await amount.fill("50");
  await expect(act(till)).toHaveText(t("discount.act", { amount: "Rp 50" }));
  expect((await orderOf(outlet, order)).discount).toBe(0);
  await amount.fill("6000");
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  expect((await orderOf(outlet, order)).discount).toBe(6_000);
});

test("a discount within the limit is given in three taps, and taken back", async ({ selling: till, outlet }) => {
  await setLimit(outlet, 1_000);
  const order = await openOrder(outlet, "Soto Ayam", "2", 2);
  await till.reload();
  await goToOrder(till, outlet, order);
  await line(till, "Soto Ayam").getByRole("button").first().click();
  await inSheet(till, t("discount.give")).click();
  await inSheet(till, t("percent", { percent: 10 })).click();
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(line(till, "Soto Ayam")).toContainText("−Rp 5.600");
  expect((await orderOf(outlet, order)).discount).toBe(5_600);
  await till.getByRole("button", { name: new RegExp(t("discount.percent", { percent: 10 })) }).click();
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(line(till, "Soto Ayam")).not.toContainText("−");
  expect((await orderOf(outlet, order)).discount).toBe(0);
});

test("beyond the limit a discount needs a reason and the approval of a manager", async ({ selling: till, outlet }) => {
  await setLimit(outlet, 1_000);
  const order = await openOrder(outlet, "Soto Ayam", "2", 2);
  await till.reload();
  await goToOrder(till, outlet, order);
  await more(till, t("discount.order"));
  await inSheet(till, t("percent", { percent: 20 })).click();
  await expect(act(till)).toHaveText(t("grant.reason_first"));
  await inSheet(till, t("discount.complaint")).click();
  await approve(till, "Budi", PINS.budi);
  await act(till).click();
  await expect(sheet(till)).toHaveCount(0);
  await expect(till.getByText(t("discount.complaint"))).toBeVisible();
  expect((await orderOf(outlet, order)).discount).toBe(11_200);
  await till.getByRole("button", { name: new RegExp(t("discount.percent", { percent: 20 })) }).click();
  await expect(sheet(till).getByText("Budi")).toBeVisible();
});

test("a line is given away with the approval of a manager; a manager needs only a reason", async ({ page, outlet }) => {
  await openTill(page, outlet, "budi");
  const order = await openOrder(outlet, "Soto Ayam", "2");
  await goToOrder(page, outlet, order);
  await line(page, "Soto Ayam").getByRole("button").click();
  await inSheet(page, t("discount.give")).click();
  await chooseKind(page, "compliment");
  await expect(act(page)).toHaveText(t("grant.reason_first"));
  await inSheet(page, t("discount.complaint")).click();
  await act(page).click();
  await expect(sheet(page)).toHaveCount(0);
  await expect(line(page, "Soto Ayam")).toContainText(t("discount.compliment"));
  expect(await orderOf(outlet, order)).toMatchObject({ discount: 28_000, total: 0 });
});
