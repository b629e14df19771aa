// Pictures of shifts at the till.

import type { Page } from "@playwright/test";
import { PINS } from "../cafe";
import { expect, test } from "../fixtures";
import { chooseMethod, exact, logIn, paid, pay, speak, t, take, tap, tile } from "../till";
import { inBothLanguages, shoot } from "./shoot";

test.setTimeout(600_000);
test.afterEach(() => speak("id"));

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });

test("till: shifts", async ({ till, outlet }) => {
  for (const name of ["Laci depan", "Laci teras"]) await outlet.api.post("/api/v1/drawers", { name });
  const { version: _, ...settings } = await outlet.api.get<{ version: number }>("/api/v1/config/shop");
  await outlet.api.call("PUT", "/api/v1/config/shop", { ...settings, shift_required: true, cash_out_limit: 50_000 });
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    const open = async (path: string) => {
      await till.setViewportSize({ width: 1024, height: 768 });
      await till.goto(`${outlet.server.url}/till/${path}`);
      await expect(till.getByRole("navigation").first()).toBeVisible();
    };
    await open("");
    await tile(till, "Espresso").click();
    await pay(till);
    await exact(till).click();
    await expect(till.getByText(t("shift.required"))).toBeVisible();
    await shoot(till, "till-shift-required", language);
    await open("shift");
    await shoot(till, "till-shift-drawers", language);
    await till.getByRole("button", { name: /Laci depan/ }).click();
    for (const [at, digit] of [4, 1, 3, 0, 5].entries()) {
      await till.getByRole("listitem").nth(at).getByRole("button").click();
      await tap(till, String(digit));
    }
    await shoot(till, "till-shift-count", language);
    await till.getByText(t("count.sum")).click();
    await tap(till, "5", "3", "5", "000");
    await shoot(till, "till-shift-count-sum", language);
    await button(till, t("shift.open.action", { amount: "Rp 535.000" })).click();
    await expect(button(till, t("shift.close"))).toBeVisible();
    await open("");
    await pay(till);
    await exact(till).click();
    await expect(paid(till)).toBeVisible();
    await tile(till, "Soto Ayam").click();
    await pay(till);
    await chooseMethod(till, "card");
    await take(till).click();
    await expect(paid(till)).toBeVisible();
    await open("");
    await till.getByRole("button", { name: new RegExp(t("menu.user")) }).click();
    await shoot(till, "till-shift-menu", language);
    await open("shift");
    await button(till, t("movement.out")).click();
    await tap(till, "3", "5", "000");
    await shoot(till, "till-shift-amount", language);
    await button(till, t("movement.next", { amount: "Rp 35.000" })).click();
    await button(till, t("movement.out.supplies")).click();
    await shoot(till, "till-shift-reason", language);
    await button(till, t("movement.action.out", { amount: "Rp 35.000" })).click();
    await expect(till.getByRole("dialog")).toBeHidden();
    await button(till, t("movement.out")).click();
    await tap(till, "2", "0", "000");
    await button(till, t("movement.next", { amount: "Rp 20.000" })).click();
    await button(till, t("movement.out.transport")).click();
    await button(till, "Budi").click();
    await shoot(till, "till-shift-approval", language);
    await till.keyboard.press("Escape");
    await expect(till.getByText(t("figures.tenders"))).toBeVisible();
    await shoot(till, "till-shift", language);
    await till.setViewportSize({ width: 1024, height: 768 });
    await button(till, t("shift.close")).click();
    await till.getByText(t("count.sum")).click();
    await tap(till, "5", "1", "5", "000");
    await button(till, t("shift.counted", { amount: "Rp 515.000" })).click();
    await expect(till.getByText(t("shift.tender.hint")).first()).toBeVisible();
    await shoot(till, "till-shift-rest", language);
    await till.getByLabel(t("shift.left"), { exact: true }).fill("300000");
    await till.getByLabel(t("method.card"), { exact: true }).fill("32000");
    await till.getByLabel(t("note"), { exact: true }).fill("Uang kecil habis jam dua");
    await button(till, t("shift.close.action")).click();
    await expect(till.getByRole("region", { name: t("shift.difference") })).toBeVisible();
    await shoot(till, "till-shift-closed", language);
  });
});
