// Shifts at head office: the list of all outlets, one shift, and the settings of an outlet.

import { expectAccessible } from "./axe";
import { button, openOffice, row, type } from "./consoles";
import { expect, type Hub, test } from "./fixtures";
import { fillShifts } from "./shifts";
import { smallTargets } from "./targets";
import { words } from "./texts";

const t = words("office");

const arrived = (hub: Hub, many: number) =>
  expect.poll(async () => (await hub.api.get<unknown[]>("/v1/hq/shifts")).length, { timeout: 30_000 }).toBe(many);

test("shifts of all outlets show who is short, and one shows Z with its counts", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  const { short } = await fillShifts(outlet.api);
  await arrived(hub, 3);
  await openOffice(page, hub, "shifts?period=last30");
  await expect(row(page, t("difference.short", { amount: "Rp 1.300" }))).toContainText("Laci depan");
  await expect(row(page, t("shift.open"))).toContainText("Laci teras");
  await page.getByText(t("shifts.show.differing"), { exact: true }).click();
  await expect(row(page, t("difference.exact"))).toHaveCount(0);
  await page.getByRole("link", { name: "JKT-001 · Z0001" }).click();
  await expect(page).toHaveURL(new RegExp(`/shifts/${short}$`));
  await expect(page.getByRole("heading", { name: t("figures.z") })).toBeVisible();
  await expect(page.getByText("Beli es batu")).toBeVisible();
  await expect(row(page, "100.000")).toContainText("400.000");
  await expect(page.getByText(/Admin/i).first()).toBeVisible();
});

test("a shift that is closed shows at once, without a reload", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  await openOffice(page, hub, "shifts?period=last30");
  await expect(page.getByText(t("shifts.empty"))).toBeVisible();
  await fillShifts(outlet.api);
  await expect(row(page, t("difference.short", { amount: "Rp 1.300" }))).toBeVisible({ timeout: 30_000 });
});

test("the settings of an outlet about shifts are changed at head office, and arrive there", async ({
  page,
  linked,
}) => {
  const { hub, outlet } = linked;
  const [found] = await hub.api.get<{ id: string }[]>("/v1/hq/outlets");
  await openOffice(page, hub, `outlets/${found?.id}?tab=settings`);
  await page.getByRole("switch", { name: t("settings.shift_required") }).click();
  await type(page, { [t("settings.cash_out_limit")]: "100.000" });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("saved"), { exact: true })).toBeVisible();
  const settings = () => outlet.api.get<Record<string, unknown>>("/api/v1/config/shop");
  await expect.poll(async () => (await settings()).cash_out_limit, { timeout: 30_000 }).toBe(100_000);
  expect((await settings()).shift_required).toBe(true);
});

test("the pages of shifts are accessible, and every target is large enough", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  const { short } = await fillShifts(outlet.api);
  await arrived(hub, 3);
  await openOffice(page, hub, "shifts?period=last30");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${hub.server.url}/shifts?period=last30`);
    await expect(row(page, t("difference.exact"))).toHaveCount(1);
    await test.step(`list ${colorScheme}`, () => expectAccessible(page));
    await page.goto(`${hub.server.url}/shifts/${short}`);
    await expect(page.getByRole("heading", { name: t("figures.z") })).toBeVisible();
    await test.step(`one ${colorScheme}`, () => expectAccessible(page));
  }
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await smallTargets(page)).toEqual([]);
});
