// The pictures of the guide, one for each task, in each language with the pages in that language; and those of the README.

import { mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { MERCHANT } from "../cafe";
import { button, openConsole, openOffice, row } from "../consoles";
import { expect, test } from "../fixtures";
import { Printer } from "../printer";
import { fillRefunds, paidOrder } from "../refunds";
import { fillShifts } from "../shifts";
import { words } from "../texts";
import { chooseMethod, closeTop, exact, more, openOrder, openTill, paid, pay, speak, t, tap, tile } from "../till";
import { reduced } from "./palette";
import { fillChain, fillFloor, fillPrices, fillPrinters, fillScale } from "./scene";
import { watch } from "./settled";
import { inBothLanguages, speakOn } from "./shoot";

/** As on a tablet, shown at 70 %: 720 × 450. */
const VIEWPORT = { width: 1024, height: 640 };
const MOST_BYTES = 60_000;
const CART = ["Kopi Susu Gula Aren", "Es Teh Manis", "Nasi Goreng Kampung"];

test.use({ viewport: VIEWPORT, deviceScaleFactor: 0.703, colorScheme: "light" });
test.setTimeout(600_000);

async function picture(page: Page, language: string, task: string): Promise<void> {
  const folder = `../docs/guide/${language}/images`;
  const png = reduced(await page.screenshot());
  expect(png.length, `${task} is small`).toBeLessThanOrEqual(MOST_BYTES);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${task}.png`, png);
}

test("guide: cashier", async ({ page, outlet }) => {
  await openTill(page, outlet);
  const order = await openOrder(outlet, "Soto Ayam", "1", 3);
  const unmatched = await paidOrder(outlet, [["Soto Ayam", 2]], "qris");
  const paid = await paidOrder(outlet, [
    ["Soto Ayam", 2],
    ["Es Teh Manis", 2],
  ]);
  await outlet.api.post("/api/v1/drawers", { name: "Laci depan" });
  await outlet.api.call("PUT", "/api/v1/config/qris", { payload: MERCHANT });
  await openOrder(outlet, "Nasi Goreng Kampung", "3");
  const till = async (path = "") => {
    await page.goto(`${outlet.server.url}/till/${path}`);
    await expect(page.getByRole("navigation").first()).toBeVisible();
  };
  await inBothLanguages(page, async (language) => {
    speak(language);
    await till();
    if (language === "id") for (const name of CART) await tile(page, name).click();
    await expect(page.getByText("Layanan")).toBeVisible();
    await picture(page, language, "sell");
    await pay(page);
    await chooseMethod(page, "cash");
    await picture(page, language, "pay");
    await chooseMethod(page, "qris");
    await page.getByRole("button", { name: t("qris.show", { amount: "" }).trim() }).click();
    await expect(page.getByText("WARUNG CONTOH")).toBeVisible();
    await picture(page, language, "qris");
    await closeTop(page);
    await till("orders");
    await expect(page.getByText(t("status.open")).first()).toBeVisible();
    await picture(page, language, "hold");
    const inMore = async (task: string, action: string, prepare = async () => {}) => {
      await till(`orders/${order.id}`);
      await more(page, action);
      await prepare();
      await picture(page, language, task);
    };
    await till(`orders/${order.id}`);
    await expect(button(page, t("order.add"))).toBeVisible();
    await picture(page, language, "orders");
    await inMore("void", t("void.order"));
    await inMore("discounts", t("discount.order"), () => button(page, t("percent", { percent: 10 })).click());
    await inMore("bills", t("bill.split"), () => button(page, t("bill.more", { name: "Soto Ayam" })).click());
    await till(`orders/${unmatched.id}`);
    await page.getByRole("button", { name: new RegExp(`^${t("payment.unconfirmed", { method: "QRIS" })}`) }).click();
    await picture(page, language, "payments");
    await till(`orders/${paid.id}`);
    await button(page, t("refund")).click();
    await button(page, t("bill.more", { name: "Soto Ayam" })).click();
    await picture(page, language, "refund");
    await till("shift");
    await tap(page, "7");
    await picture(page, language, "shift");
    await till();
    await outlet.server.kill();
    await expect(page.getByRole("button", { name: t("away") })).toBeVisible({ timeout: 30_000 });
    await page.getByRole("button", { name: t("away") }).click();
    await expect(page.getByText(t("away.text"))).toBeVisible();
    await picture(page, language, "away");
    await outlet.restart();
    await expect(page.getByRole("button", { name: t("away") })).toBeHidden({ timeout: 30_000 });
  });
  speak("id");
});

test("guide: shifts and reports", async ({ page, outlet }) => {
  const { short } = await fillShifts(outlet.api);
  await fillRefunds(outlet);
  const settled = watch(page);
  await openConsole(page, outlet);
  await inBothLanguages(page, async (language) => {
    for (const [path, task] of [
      [`shifts/${short}`, "recount"],
      ["reports?period=today", "reports"],
      ["audit", "audit"],
    ] as const) {
      await page.goto(`${outlet.server.url}/admin/${path}`);
      await settled();
      await picture(page, language, task);
    }
  });
});

test("guide: printing and the customer display", async ({ page: till, outlet, context, browser }) => {
  await using printer = await Printer.start();
  await fillPrinters(outlet, printer);
  await openTill(till, outlet);
  const display = await context.newPage();
  await display.goto(`${outlet.server.url}/display/`);
  await expect(display.getByText(words("display")("welcome")).first()).toBeVisible();
  const admin = await (await browser.newContext()).newPage();
  const settled = watch(admin);
  await openConsole(admin, outlet, "printers");
  for (const language of ["id", "en"] as const) {
    speak(language);
    const p = words("till/src/print", language);
    for (const page of [till, display, admin]) await speakOn(page, language);
    await admin.reload();
    await settled();
    await picture(admin, language, "printers");
    await till.bringToFront();
    await till.goto(`${outlet.server.url}/till/`);
    for (const name of CART) await tile(till, name).click();
    // The totals come after the lines.
    await expect(display.getByText(words("display", language)("charges"))).toBeVisible();
    await expect(display.getByText(CART.at(-1) as string)).toBeVisible();
    await picture(display, language, "display");
    await pay(till);
    await exact(till).click();
    await expect(paid(till)).toBeVisible();
    await button(paid(till), t("receipt")).click();
    await button(till, p("print.code")).click();
    await expect(till.getByRole("img", { name: p("print.code.label") })).toBeVisible();
    await picture(till, language, "print");
  }
  speak("id");
  await admin.context().close();
});

test("guide: menus, planned prices and channels", async ({ page, linked, browser }) => {
  const { outlet, hub } = linked;
  await fillPrices(linked);
  const office = await (await browser.newContext()).newPage();
  const settled = watch(office);
  await openOffice(office, hub, "menus");
  await inBothLanguages(office, async (language) => {
    await office.goto(`${hub.server.url}/menus`);
    await settled();
    await button(office, "Happy hour").click();
    await expect(office.getByRole("dialog").getByLabel("Espresso", { exact: true })).toBeVisible();
    await settled();
    await picture(office, language, "menus");
    await office.goto(`${hub.server.url}/menus?tab=changes`);
    await settled();
    await picture(office, language, "planned");
  });
  await office.context().close();
  await openTill(page, outlet);
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.goto(`${outlet.server.url}/till/`);
    if (language === "id") for (const name of ["Espresso", "Soto Ayam"]) await tile(page, name).click();
    await page.getByRole("button", { name: new RegExp(`^${t("details")}:`) }).click();
    await button(page.getByRole("dialog"), "GoFood").click();
    await expect(tile(page, "Espresso")).toContainText("20.000");
    await picture(page, language, "channels");
  });
  speak("id");
});

test("guide: tables and weights", async ({ page, outlet, browser }) => {
  await using printer = await Printer.start();
  await fillFloor(outlet, printer);
  const product = await fillScale(outlet);
  await openTill(page, outlet);
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.goto(`${outlet.server.url}/till/tables`);
    await expect(page.getByText(t("table.bill"))).toBeVisible();
    await picture(page, language, "tables");
    await page.goto(`${outlet.server.url}/till/`);
    await button(page, "Kiloan").click();
    await tile(page, "Biji Kopi Kintamani").click();
    await tap(page, "2", "5", "0");
    await picture(page, language, "scale");
  });
  speak("id");
  const admin = await (await browser.newContext()).newPage();
  const settled = watch(admin);
  await openConsole(admin, outlet, "tables");
  await inBothLanguages(admin, async (language) => {
    const c = words("console", language);
    await admin.goto(`${outlet.server.url}/admin/tables`);
    await admin.getByText(c("tables.plan"), { exact: true }).click();
    await admin.getByRole("button", { name: new RegExp(c("plan.table", { name: "2", column: 8, row: 1 })) }).click();
    await settled();
    await picture(admin, language, "plan");
    await admin.goto(`${outlet.server.url}/admin/products/${product}`);
    await settled();
    await admin.getByLabel(c("field.scale_code")).scrollIntoViewIfNeeded();
    await picture(admin, language, "weighed");
    await admin.goto(`${outlet.server.url}/admin/shop`);
    await settled();
    await admin.getByLabel(c("field.barcode_patterns")).scrollIntoViewIfNeeded();
    await picture(admin, language, "patterns");
  });
  await admin.context().close();
});

test("guide: outlet admin and head office", async ({ page, linked, browser }) => {
  const { outlet, hub } = linked;
  const { productId, outletId } = await fillChain(linked);
  const settled = watch(page);
  await openConsole(page, outlet);
  await inBothLanguages(page, async (language) => {
    const c = words("console", language);
    const at = async (path: string, task: string) => {
      await page.goto(`${outlet.server.url}/admin/${path}`);
      await settled();
      await picture(page, language, task);
    };
    await at("products", "prices");
    await at("staff", "staff");
    await at("sync/failed", "failed");
    await at("sync/conflicts", "conflicts");
    await at("link", "link");
    await page.goto(`${outlet.server.url}/admin/devices`);
    await button(page, c("devices.pair")).first().click();
    await page.getByRole("dialog").getByRole("textbox").first().fill("Kasir depan");
    await button(page, c("devices.make_code")).click();
    await expect(page.getByRole("img", { name: c("devices.qr") })).toBeVisible();
    await picture(page, language, "devices");
  });

  await openOffice(page, hub);
  await inBothLanguages(page, async (language) => {
    const o = words("office", language);
    const at = async (path: string, task: string) => {
      await page.goto(`${hub.server.url}/${path}`);
      await settled();
      // Charts are loaded after their figures.
      if (task === "sales") await expect(page.locator("main svg.recharts-surface").first()).toBeVisible();
      await picture(page, language, task);
    };
    await at(`products/${productId}`, "change-price");
    await at("sales", "sales");
    await at("health", "mend");
    await page.goto(`${hub.server.url}/outlets/${outletId}`);
    await button(page, o("outlet.manage")).click();
    await page.getByRole("menuitem", { name: o("outlet.code.make"), exact: true }).click();
    await button(page.getByRole("dialog"), o("outlet.code.make")).click();
    await expect(page.getByRole("img", { name: o("enroll.qr") })).toBeVisible();
    await page.getByRole("img", { name: o("enroll.qr") }).scrollIntoViewIfNeeded();
    await picture(page, language, "add-outlet");
  });

  // The README.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  const office = await context.newPage();
  await openOffice(office, hub);
  await expect(row(office, "Kedai Kemang")).toBeVisible();
  await expect(row(office, /Rp\s[1-9]/).first()).toBeVisible();
  await office.screenshot({ path: "../docs/images/office.png" });
  const till = await context.newPage();
  await till.setViewportSize({ width: 1024, height: 768 });
  await openTill(till, outlet);
  for (const name of CART) await tile(till, name).click();
  await expect(till.getByText(/Layanan/).first()).toBeVisible();
  await till.screenshot({ path: "../docs/images/till.png" });
  await context.close();
});
