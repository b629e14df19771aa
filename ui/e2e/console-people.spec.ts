import { Api } from "./api";
import { PINS } from "./cafe";
import { button, confirm, layer, openConsole, row, type } from "./consoles";
import { expect, test } from "./fixtures";
import { words } from "./texts";

const t = words("console");

test("a person is added, gets another PIN, and is unlocked after wrong ones", async ({ page, outlet }) => {
  await openConsole(page, outlet, "staff");
  await button(page, t("staff.new")).click();
  const sheet = layer(page, t("staff.new"));
  await type(sheet, { [t("field.name")]: "Rudi", [t("field.username")]: "rudi", [t("staff.pin")]: "12" });
  await button(sheet, t("action.save")).click();
  await expect(sheet.getByText(t("staff.pin_invalid"))).toBeVisible();
  await type(sheet, { [t("staff.pin")]: "4711" });
  await button(sheet, t("action.save")).click();
  await expect(row(page, "rudi").getByText(t("state.active"))).toBeVisible();
  const enter = (pin: string) => Api.outlet(outlet.server.url, "rudi", pin);
  await enter("4711");

  await row(page, "rudi")
    .getByRole("button", { name: t("staff.new_pin") })
    .click();
  const pin = layer(page, t("staff.pin_of", { name: "Rudi" }));
  await type(pin, { [t("staff.pin")]: "4712" });
  await button(pin, t("staff.set_pin")).click();
  await expect(pin).toBeHidden();
  await expect(enter("4711")).rejects.toThrow("401");
  await enter("4712");

  for (let wrong = 0; wrong < 5; wrong++) await expect(enter("0000")).rejects.toThrow();
  await expect(enter("4712")).rejects.toThrow("429");
  await page.reload();
  await expect(row(page, "rudi").getByText(t("staff.locked"))).toBeVisible();
  await row(page, "rudi")
    .getByRole("button", { name: t("staff.unlock") })
    .click();
  await confirm(page, t("staff.unlock.title", { name: "Rudi" }), t("staff.unlock"));
  await enter("4712");

  await button(page, "Rudi").click();
  const change = layer(page, "Rudi");
  await change.getByRole("switch", { name: t("field.active") }).click();
  await button(change, t("action.save")).click();
  await expect(row(page, "rudi").getByText(t("state.inactive"))).toBeVisible();
  await expect(enter("4712")).rejects.toThrow();
});

test("a manager has no pages of sync, and a cashier none at all", async ({ page, outlet }) => {
  await openConsole(page, outlet, "sync", "budi", PINS.budi);
  await expect(page.getByText(t("sync.admin_only"))).toBeVisible();
  await expect(page.getByRole("link", { name: t("place.products") })).toBeVisible();
  await expect(page.getByRole("link", { name: t("place.link") })).toHaveCount(0);
  await page.context().clearCookies();
  await page.goto(`${outlet.server.url}/admin/`);
  await page.getByLabel(t("login.username")).fill("sari");
  await page.getByLabel(t("login.pin"), { exact: true }).fill(PINS.sari);
  await page.getByRole("button", { name: t("login.enter") }).click();
  await expect(page.getByText(t("frame.no_right"))).toBeVisible();
});

test("a session that ends keeps what is typed, and goes on after a log-in", async ({ page, outlet }) => {
  await openConsole(page, outlet, "shop");
  await type(page, { [t("field.address")]: "Jl. Kemang Raya 1" });
  await outlet.api.post("/api/v1/auth/logout-everywhere");
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("login.ended"))).toBeVisible();
  await page.getByLabel(t("login.username")).fill("admin");
  await page.getByLabel(t("login.pin"), { exact: true }).fill("1234");
  await page.getByRole("button", { name: t("login.enter") }).click();
  await expect(page.getByText(t("login.ended"))).toBeHidden();
  await expect(page.getByLabel(t("field.address"), { exact: true })).toHaveValue("Jl. Kemang Raya 1");
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("form.saved"))).toBeVisible();
});
