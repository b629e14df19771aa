// Shifts at the outlet console: the list, one shift, a recount; the drawer of a till, and the settings of the shop.

import { expectAccessible } from "./axe";
import { button, choose, layer, openConsole, row, type } from "./consoles";
import { expect, pair, test } from "./fixtures";
import { fillShifts } from "./shifts";
import { smallTargets } from "./targets";
import { words } from "./texts";

const t = words("console");

test("shifts are listed with their difference, found by drawer, and one shows Z and its counts", async ({
  page,
  outlet,
}) => {
  const { short } = await fillShifts(outlet.api);
  await openConsole(page, outlet, "shifts");
  await expect(row(page, t("difference.short", { amount: "Rp 1.300" }))).toContainText("Laci depan");
  await expect(row(page, t("shifts.open"))).toContainText("Laci teras");
  await expect(row(page, t("difference.exact"))).toHaveCount(1);
  await choose(page, t("shifts.drawer"), "Laci teras");
  await expect(row(page, "Laci depan")).toHaveCount(0);
  await page
    .getByRole("button", { name: "Z0001" })
    .or(page.getByRole("link", { name: "Z0001" }))
    .first()
    .click();
  await expect(page.getByRole("heading", { name: t("figures.x") })).toBeVisible();

  await page.goto(`${outlet.server.url}/admin/shifts/${short}`);
  await expect(page.getByText(t("difference.short", { amount: "Rp 1.300" })).first()).toBeVisible();
  await expect(page.getByRole("heading", { name: t("figures.z") })).toBeVisible();
  await expect(row(page, "100.000")).toContainText("400.000");
  await expect(page.getByText("Beli es batu")).toBeVisible();
});

test("a closed shift is counted again with a reason, and the first count stays", async ({ page, outlet }) => {
  const { short } = await fillShifts(outlet.api);
  await openConsole(page, outlet, `shifts/${short}`);
  await button(page, t("shifts.recount")).click();
  const sheet = layer(page, t("shifts.recount.title", { number: "Z0001" }));
  await type(sheet, { [t("shifts.pieces_of", { denomination: "Rp 100.000" })]: "4" });
  await button(sheet, t("shifts.recount.verb", { amount: "Rp 400.000" })).click();
  await expect(sheet.getByText(t("shifts.reason_first"))).toBeVisible();
  await sheet.getByText(t("shifts.by_sum")).click();
  await type(sheet, { [t("shifts.sum")]: "465000", [t("column.reason")]: "Terselip di bawah laci" });
  await button(sheet, t("shifts.recount.verb", { amount: "Rp 465.000" })).click();
  await expect(sheet).toBeHidden();
  await expect(
    page.getByText(t("figures.recounted", { amount: "Rp 465.000", difference: t("difference.exact") })),
  ).toBeVisible();
  await expect(page.getByText("Terselip di bawah laci")).toBeVisible();
  const shift = await outlet.api.get<{ counted: number; counts: { kind: string }[] }>(`/api/v1/shifts/${short}`);
  expect(shift.counted).toBe(463_700);
  expect(shift.counts.filter(({ kind }) => kind === "recount")).toHaveLength(1);
});

test("a till gets its drawer", async ({ page, outlet, browser }) => {
  const drawer = await outlet.api.post<{ id: string }>("/api/v1/drawers", { name: "Laci depan" });
  const till = await (await browser.newContext()).newPage();
  await pair(till, outlet);
  await openConsole(page, outlet, "devices");
  await button(page, "Kasir 1").click();
  const sheet = layer(page, "Kasir 1");
  await choose(sheet, t("devices.drawer"), "Laci depan");
  await button(sheet, t("action.save")).click();
  await expect(sheet).toBeHidden();
  const [device] = await outlet.api.get<{ drawer_id: string }[]>("/api/v1/devices");
  expect(device?.drawer_id).toBe(drawer.id);
  await till.context().close();
});

test("the shop says whether cash needs a shift, and how much may be taken out", async ({ page, outlet }) => {
  await openConsole(page, outlet, "shop");
  await page.getByRole("switch", { name: t("field.shift_required") }).click();
  await type(page, { [t("field.cash_out_limit")]: "100.000" });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("form.saved"))).toBeVisible();
  const settings = () => outlet.api.get<Record<string, unknown>>("/api/v1/config/shop");
  expect(await settings()).toMatchObject({ shift_required: true, cash_out_limit: 100_000 });
  await type(page, { [t("field.cash_out_limit")]: "" });
  await button(page, t("action.save")).click();
  await expect.poll(async () => (await settings()).cash_out_limit).toBeFalsy();
  expect((await settings()).shift_required).toBe(true);
});

test("the pages of shifts are accessible, and every target is large enough", async ({ page, outlet }) => {
  const { short } = await fillShifts(outlet.api);
  await openConsole(page, outlet, "shifts");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${outlet.server.url}/admin/shifts`);
    await expect(row(page, t("difference.exact"))).toHaveCount(1);
    await test.step(`list ${colorScheme}`, () => expectAccessible(page));
    await page.goto(`${outlet.server.url}/admin/shifts/${short}`);
    await expect(page.getByRole("heading", { name: t("figures.z") })).toBeVisible();
    await test.step(`one ${colorScheme}`, () => expectAccessible(page));
    await button(page, t("shifts.recount")).click();
    await expect(layer(page, t("shifts.recount.title", { number: "Z0001" }))).toBeVisible();
    await test.step(`recount ${colorScheme}`, () => expectAccessible(page));
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await smallTargets(page)).toEqual([]);
});
