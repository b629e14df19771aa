// The screen of kitchen and bar in all states, and the picture of the guide.

import { mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, type Outlet, test } from "../fixtures";
import { openBoard, send, speak, start, t, tickets } from "../kitchen";
import { Printer } from "../printer";
import { FAULT } from "./fault";
import { reduced } from "./palette";
import { fillPrinters } from "./scene";
import { inBothLanguages, shoot } from "./shoot";

const MOST_BYTES = 60_000;

test.afterEach(() => speak("id"));

/** A busy evening: a late ticket, one that waits, a void, a move, an addition and a new one. */
async function fill(page: Page, outlet: Outlet): Promise<void> {
  await openBoard(page, outlet, "manager");
  const late = await send(outlet, "2", [
    ["Nasi Goreng Kampung", 2],
    ["Soto Ayam", 1],
  ]);
  const lines = [{ product_id: outlet.cafe.products["Mie Goreng Jawa"], qty: 1, note: "Pedas, tanpa sawi" }];
  const order = await outlet.api.post<{ id: string }>("/api/v1/orders", { table_number: "4", lines });
  await outlet.api.post(`/api/v1/orders/${order.id}/send`);
  const moved = await send(outlet, "1", [["Roti Bakar", 3]]);
  await outlet.api.post(`/api/v1/orders/${moved.id}/move`, { table_number: "3" });
  const [soup] = late.lines.filter((line) => line.name === "Soto Ayam");
  const path = `/api/v1/orders/${late.id}/lines/${soup?.id}/void`;
  await outlet.api.post(path, { kind: "returned", reason: "Salah pesan" });
  await outlet.api.post(`/api/v1/orders/${late.id}/lines`, [
    { product_id: outlet.cafe.products["Kentang Goreng"], qty: 2 },
    { product_id: outlet.cafe.products["Es Teh Manis"], qty: 2 },
  ]);
  await outlet.api.post(`/api/v1/orders/${late.id}/send`);
  await send(outlet, null, [["Americano", 2]]);
  const gone = await send(outlet, "4", [["Pisang Goreng", 2]]);
  await outlet.api.post(`/api/v1/orders/${gone.id}/void`, { reason: "Tamu pergi" });
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  outlet.folder.sql("pos.db", `update tickets set sent_at = '${ago(17)}' where rowid = 1`);
  outlet.folder.sql("pos.db", `update tickets set sent_at = '${ago(9)}' where rowid = 2`);
  await expect(tickets(page)).toHaveCount(7);
}

test("kitchen: board and sheets", async ({ page, outlet }) => {
  test.setTimeout(300_000);
  await fill(page, outlet);
  await outlet.api.call("PUT", "/api/v1/kitchen/availability", {
    product_id: outlet.cafe.products["Soto Ayam"],
    left: 12,
  });
  await outlet.api.call("PUT", "/api/v1/kitchen/availability", {
    product_id: outlet.cafe.products["Roti Bakar"],
    left: 0,
  });
  await page.evaluate(() => localStorage.setItem("mantine-color-scheme-value", "auto"));
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.reload();
    await expect(page.getByRole("button", { name: t("start"), exact: true })).toBeVisible();
    await shoot(page, "kitchen-start", language);
    await start(page);
    await expect(tickets(page)).toHaveCount(7);
    await shoot(page, "kitchen-board", language);
    for (const name of ["all_day", "recall", "left", "settings"]) {
      await page.getByRole("button", { name: t(name), exact: true }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.waitForTimeout(300);
      await shoot(page, `kitchen-${name}`, language);
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
    }
  });
  await outlet.server.kill();
  await expect(page.getByTestId("away")).toBeVisible({ timeout: 15_000 });
  await shoot(page, "kitchen-away", "en");
});

test("kitchen: nothing to make, and a board that cannot be read", async ({ page, outlet }) => {
  test.setTimeout(100_000);
  await openBoard(page, outlet, "manager");
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.reload();
    await start(page);
    await shoot(page, "kitchen-empty", language);
  });
  speak("id");
  await page.evaluate(() => localStorage.setItem("gerai.language", "id"));
  await page.route(/\/kitchen\/tickets/, (route) => route.fulfill(FAULT));
  await page.reload();
  await start(page);
  await expect(page.getByText(FAULT.json.message)).toBeVisible();
  await shoot(page, "kitchen-error", "id");
});

test("kitchen: a printer that fails", async ({ page, outlet }) => {
  test.setTimeout(200_000);
  await using printer = await Printer.start();
  await fillPrinters(outlet, printer);
  await fill(page, outlet);
  await page.evaluate(() => localStorage.setItem("mantine-color-scheme-value", "auto"));
  await inBothLanguages(page, async (language) => {
    speak(language);
    await page.reload();
    await start(page);
    await expect(page.getByText(/“Dapur”/)).toBeVisible();
    await shoot(page, "kitchen-alarm", language);
  });
});

test.describe(() => {
  test.use({ viewport: { width: 1024, height: 640 }, deviceScaleFactor: 0.703 });

  test("guide: kitchen", async ({ page, outlet }) => {
    await fill(page, outlet);
    await inBothLanguages(page, async (language) => {
      speak(language);
      await page.reload();
      await start(page);
      await expect(tickets(page)).toHaveCount(7);
      const folder = `../docs/guide/${language}/images`;
      const png = reduced(await page.screenshot());
      expect(png.length).toBeLessThanOrEqual(MOST_BYTES);
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/kitchen.png`, png);
    });
  });
});
