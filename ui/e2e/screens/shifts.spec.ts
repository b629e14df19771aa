// Pictures of the screens about shifts: till, console, head office.

import type { Page } from "@playwright/test";
import { PINS } from "../cafe";
import { layer, openConsole, openOffice } from "../consoles";
import { expect, test } from "../fixtures";
import { fillShifts } from "../shifts";
import { words } from "../texts";
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

test("console and office: shifts", async ({ page, linked, browser }) => {
  const { hub, outlet } = linked;
  const { short, open } = await fillShifts(outlet.api);
  await expect.poll(async () => (await hub.api.get<unknown[]>("/v1/hq/shifts")).length, { timeout: 30_000 }).toBe(3);
  await openConsole(page, outlet, "shifts");
  const context = await browser.newContext();
  const office = await context.newPage();
  await openOffice(office, hub, "shifts");
  for (const language of ["id", "en"] as const) {
    const c = words("console", language);
    for (const each of [page, office])
      await each.evaluate((next) => localStorage.setItem("gerai.language", next), language);
    for (const [name, path] of [
      ["shifts", "shifts"],
      ["shift", `shifts/${short}`],
      ["shift-open", `shifts/${open}`],
      ["drawers", "drawers"],
      ["shop", "shop"],
    ] as const) {
      await page.goto(`${outlet.server.url}/admin/${path}`);
      await expect(page.getByRole("status", { name: c("loading") })).toHaveCount(0);
      await expect(page.getByRole("heading").first()).toBeVisible();
      await shoot(page, `console-${name}`, language);
    }
    await page.goto(`${outlet.server.url}/admin/shifts/${short}`);
    await page.getByRole("button", { name: c("shifts.recount"), exact: true }).click();
    await expect(layer(page, c("shifts.recount.title", { number: "Z0001" }))).toBeVisible();
    await shoot(page, "console-recount", language);
    for (const [name, path] of [
      ["shifts", "shifts?period=last30"],
      ["shift", `shifts/${short}`],
    ] as const) {
      await office.goto(`${hub.server.url}/${path}`);
      await expect(office.getByText("Laci depan").first()).toBeVisible();
      await shoot(office, `office-${name}`, language);
    }
  }
  await context.close();
});
