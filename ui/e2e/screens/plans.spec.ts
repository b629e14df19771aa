// Pictures of menus and planned prices at both consoles, of the floor plan, and of weights.

import { button, openConsole, openOffice } from "../consoles";
import { expect, test } from "../fixtures";
import { Printer } from "../printer";
import { words } from "../texts";
import { openTill, pay, speak, t, tap, tile } from "../till";
import { fillFloor, fillPrices, fillScale } from "./scene";
import { watch } from "./settled";
import { inBothLanguages, shoot } from "./shoot";

test.setTimeout(300_000);
test.afterEach(() => speak("id"));

test("menus, planned prices and channels", async ({ page: till, linked, browser }) => {
  const { hub, outlet } = linked;
  await fillPrices(linked);
  const desk = await (await browser.newContext()).newPage();
  const settled = watch(desk);
  await openOffice(desk, hub, "menus");
  await inBothLanguages(desk, async (language) => {
    const o = words("office", language);
    const at = async (path: string, name: string, open = async () => {}) => {
      await desk.setViewportSize({ width: 1024, height: 768 });
      await desk.goto(`${hub.server.url}/${path}`);
      await settled();
      await open();
      await settled();
      await shoot(desk, name, language);
    };
    await at("menus", "office-menus-filled");
    await at("menus", "office-menu", () => button(desk, "Happy hour").click());
    await at("menus?tab=changes", "office-changes");
    await at("menus?tab=changes", "office-plan", () => button(desk, o("changes.add")).click());
    await at("menus?tab=changes", "office-received", () => button(desk, "Soto Ayam").click());
  });
  await openConsole(desk, outlet, "menus");
  await inBothLanguages(desk, async (language) => {
    await desk.goto(`${outlet.server.url}/admin/menus`);
    await settled();
    await shoot(desk, "console-menus-filled", language);
  });
  await desk.context().close();
  await openTill(till, outlet);
  await inBothLanguages(till, async (language) => {
    speak(language);
    await till.setViewportSize({ width: 1024, height: 768 });
    await till.goto(`${outlet.server.url}/till/`);
    if (language === "id") await tile(till, "Espresso").click();
    await till.getByRole("button", { name: new RegExp(`^${t("details")}:`) }).click();
    await button(till.getByRole("dialog"), "GoFood").click();
    await shoot(till, "till-channel", language);
    await till.setViewportSize({ width: 1024, height: 768 });
    await till.goto(`${outlet.server.url}/till/`);
    await pay(till);
    await shoot(till, "till-channel-pay", language);
  });
});

test("floor plan and weights", async ({ page, outlet, browser }) => {
  await using printer = await Printer.start();
  await fillFloor(outlet, printer);
  const product = await fillScale(outlet);
  await openTill(page, outlet);
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.setViewportSize({ width: 1024, height: 768 });
    await page.goto(`${outlet.server.url}/till/tables`);
    await expect(page.getByText(t("table.bill"))).toBeVisible();
    await shoot(page, "till-plan", language);
    await button(page, t("tables.move")).click();
    await shoot(page, "till-plan-move", language);
    await page.setViewportSize({ width: 1024, height: 768 });
    await page.goto(`${outlet.server.url}/till/`);
    await tile(page, "Biji Kopi Kintamani").click();
    await tap(page, "2", "5", "0");
    await shoot(page, "till-weight", language);
  });
  const admin = await (await browser.newContext()).newPage();
  const settled = watch(admin);
  await openConsole(admin, outlet, "tables");
  await inBothLanguages(admin, async (language) => {
    const c = words("console", language);
    await admin.goto(`${outlet.server.url}/admin/tables`);
    await admin.getByText(c("tables.plan"), { exact: true }).click();
    await admin.getByRole("button", { name: new RegExp(c("plan.table", { name: "2", column: 8, row: 1 })) }).click();
    await shoot(admin, "console-plan", language);
    await admin.goto(`${outlet.server.url}/admin/products/${product}`);
    await settled();
    await shoot(admin, "console-product-weighed", language);
  });
  await admin.context().close();
});
