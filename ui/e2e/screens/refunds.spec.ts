// Pictures of refunds at the till, of a printed report, and of one's own PIN.

import type { Page } from "@playwright/test";
import { PINS } from "../cafe";
import { openConsole } from "../consoles";
import { expect, test } from "../fixtures";
import { fillRefunds, giveBack, paidOrder } from "../refunds";
import { words } from "../texts";
import { act, approve, logIn, sheet, speak, t, tap } from "../till";
import { watch } from "./settled";
import { inBothLanguages, shoot } from "./shoot";

test.setTimeout(600_000);
test.afterEach(() => speak("id"));

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });

test("till: refunds", async ({ till, outlet }) => {
  const items: [string, number][] = [
    ["Soto Ayam", 3],
    ["Es Teh Manis", 2],
    ["Kopi Susu Gula Aren", 1],
  ];
  await logIn(till, "Sari", PINS.sari);
  await inBothLanguages(till, async (language) => {
    speak(language);
    const order = await paidOrder(outlet, items, "qris");
    const line_id = order.lines[1]?.id;
    await giveBack(outlet, order, { lines: [{ line_id, qty: 2 }], reason: "Terlalu manis" });
    const open = async () => {
      await till.setViewportSize({ width: 1024, height: 768 });
      await till.goto(`${outlet.server.url}/till/orders/${order.id}?tab=paid`);
      await expect(button(till, t("refund"))).toBeVisible();
    };
    await open();
    await shoot(till, "till-refund-order", language);
    await till.getByRole("button", { name: new RegExp(`^${t("refund.named", { number: "R" })}`) }).click();
    await shoot(till, "till-refund-given", language);
    await open();
    await button(till, t("refund")).click();
    await sheet(till).getByText(t("refund.kind.amount"), { exact: true }).click();
    await tap(till, "2", "5", "000");
    await shoot(till, "till-refund-amount", language);
    await open();
    await button(till, t("refund")).click();
    await button(till, t("bill.more", { name: "Soto Ayam" })).click();
    await button(till, t("bill.more", { name: "Soto Ayam" })).click();
    await button(till, t("refund.restock")).click();
    await shoot(till, "till-refund-what", language);
    await act(till).click();
    await button(till, t("refund.way.part_cash")).click();
    await sheet(till).getByLabel(t("refund.cash_part"), { exact: true }).fill("20.000");
    await button(till, t("void.complaint")).click();
    await shoot(till, "till-refund-how", language);
    await approve(till, "Budi", PINS.budi);
    await shoot(till, "till-refund-approval", language);
    await act(till).click();
    await expect(sheet(till).getByText(t("refund.done"))).toBeVisible();
    await shoot(till, "till-refund-done", language);
    await open();
    await till.getByRole("button", { name: new RegExp(t("menu.user")) }).click();
    await button(till, t("pin.change")).click();
    await expect(sheet(till).getByRole("textbox").first()).toBeVisible();
    await shoot(till, "till-own-pin", language);
  });
});

test("console: a printed report, and one's own PIN", async ({ page, outlet }) => {
  await fillRefunds(outlet);
  const settled = watch(page);
  await openConsole(page, outlet, "reports?period=today");
  await settled();
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.pdf({ path: "../target/screens/console-reports.pdf", format: "A4" });
  await page.emulateMedia({ media: "print" });
  await page.screenshot({ path: "../target/screens/console-reports-print.png" });
  await page.emulateMedia({ media: "screen" });
  await page.locator("header button[aria-haspopup=menu]").click();
  await page.getByRole("menuitem", { name: words("console")("pin.change") }).click();
  await shoot(page, "console-own-pin", "id");
});
