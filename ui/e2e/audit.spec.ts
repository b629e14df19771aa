// The audit log at the console and at head office.

import { expectAccessible } from "./axe";
import { PINS } from "./cafe";
import { openConsole, openOffice, row } from "./consoles";
import { expect, test } from "./fixtures";
import { words } from "./texts";

test("a manager reads who did what, and finds it by event", async ({ page, outlet }) => {
  const t = words("console");
  await outlet.api.post("/api/v1/categories", { name: "Jamu" });
  await openConsole(page, outlet, "audit", "budi", PINS.budi);
  await expect(page.getByText("Jamu")).toBeVisible();
  await expect(page.getByText(t("audit.action.logged_in")).first()).toBeVisible();
  await page.getByRole("combobox", { name: t("audit.column.action") }).click();
  await page.getByRole("option", { name: t("audit.action.order_voided") }).click();
  await expect(page).toHaveURL(/action=order_voided/);
  await expect(page.getByText(t("audit.no_match"))).toBeVisible();
  // Only admins verify.
  await expect(page.getByText(t("audit.whole").slice(0, 20))).toHaveCount(0);
  await expectAccessible(page);
});

test("an admin sees that the log is whole", async ({ page, outlet }) => {
  const t = words("console");
  await openConsole(page, outlet, "audit");
  await expect(page.getByText(t("audit.whole").slice(0, 20))).toBeVisible();
});

test("head office reads the logs of its outlets and sees that they are whole", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  const t = words("office");
  await outlet.api.post("/api/v1/categories", { name: "Jamu" });
  await expect
    .poll(async () => (await hub.api.get<unknown[]>("/v1/hq/audit?action=created")).length, { timeout: 30_000 })
    .toBeGreaterThan(0);
  await openOffice(page, hub, "audit");
  await expect(row(page, "Jamu")).toBeVisible();
  await expect(page.getByText(t("audit.whole"))).toBeVisible();
  await expectAccessible(page);
});
