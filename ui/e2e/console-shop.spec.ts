import { Api } from "./api";
import { button, choose, confirm, layer, openConsole, type } from "./consoles";
import { expect, startOutlet, test } from "./fixtures";
import { Folder } from "./process";
import { words } from "./texts";

const t = words("console");

test("today shows the sales, and how sync is in one line", async ({ page, outlet }) => {
  await openConsole(page, outlet);
  await expect(page.getByText(t("today.empty"))).toBeVisible();
  await outlet.api.post("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 2 }],
    payments: [{ method: "cash", amount: 100_000 }],
  });
  // The event of the sale rereads the page.
  await expect(page.getByRole("row", { name: /Soto Ayam 2 Rp/ })).toBeVisible();
  await expect(page.getByRole("figure", { name: t("today.by_hour") })).toBeAttached();
  await expect(page.getByText(t("sync.line.state.off"))).toBeVisible();
});

for (const kind of [
  { path: "tables", words: "tables", fields: { [t("tables.name")]: "12", [t("field.area")]: "Teras" }, name: "12" },
  { path: "customers", words: "customers", fields: { [t("field.name")]: "Bu Rina", [t("field.phone")]: "0812" } },
  { path: "drawers", words: "drawers", fields: { [t("field.name")]: "Laci depan" } },
]) {
  const name = Object.values(kind.fields)[0] as string;
  test(`an entry of ${kind.path} is made, changed, and deleted`, async ({ page, outlet }) => {
    await openConsole(page, outlet, kind.path);
    await button(page, t(`${kind.words}.new`))
      .first()
      .click();
    const sheet = layer(page, t(`${kind.words}.new`));
    await type(sheet, kind.fields);
    await button(sheet, t("action.save")).click();
    await expect(sheet).toBeHidden();
    await button(page, name).click();
    const change = page.getByRole("dialog");
    await change.getByLabel(Object.keys(kind.fields)[0] as string, { exact: true }).fill(`${name}a`);
    await button(change, t("action.save")).click();
    await button(page, `${name}a`).click();
    await button(page.getByRole("dialog"), t("action.delete")).click();
    await confirm(page, t(`${kind.words}.delete`, { name: `${name}a` }), t("action.delete"));
    await expect(page.getByText(`${name}a`, { exact: true })).toHaveCount(0);
  });
}

test("what head office announces is shown", async ({ page, linked }) => {
  await openConsole(page, linked.outlet, "announcements");
  await expect(page.getByText(t("announcements.empty"))).toBeVisible();
  await linked.hub.api.post("/v1/hq/announcements", { title: "Libur", body: "Tutup hari Jumat.", outlet_ids: "all" });
  await expect(page.getByText("Tutup hari Jumat.")).toBeVisible({ timeout: 20_000 });
});

test("the settings of the shop are saved, and a change by somebody else is not overwritten", async ({
  page,
  outlet,
}) => {
  await openConsole(page, outlet, "shop");
  await type(page, { [t("field.address")]: "Jl. Kemang Raya 1", [t("field.cutoff")]: "25:00" });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("settings.cutoff_invalid"))).toBeVisible();
  await type(page, { [t("field.cutoff")]: "03:30" });
  await choose(page, t("field.rounding_step"), "Rp 100");
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("form.saved"))).toBeVisible();
  const settings = await outlet.api.get<Record<string, unknown>>("/api/v1/config/shop");
  expect(settings).toMatchObject({ address: "Jl. Kemang Raya 1", cutoff_minutes: 210, cash_rounding_step: 100 });

  outlet.folder.sql("pos.db", "update settings set phone = '021-555'");
  await type(page, { [t("field.tax_number")]: "01.234.567.8" });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("form.overtaken"))).toBeVisible();
  await button(page, t("form.reload")).click();
  await expect(page.getByLabel(t("field.phone"), { exact: true })).toHaveValue("021-555");
});

test("the link to head office is tested, switched off, and on again", async ({ page, linked }) => {
  await openConsole(page, linked.outlet, "link");
  await expect(page.getByText(t("link.connected"), { exact: true })).toBeVisible();
  await button(page, t("link.test")).click();
  await expect(
    page
      .getByRole("main")
      .getByText(/kantor pusat/i)
      .first(),
  ).toBeVisible();
  await page.getByRole("switch", { name: t("link.enabled") }).click();
  await button(page, t("action.save")).click();
  await confirm(page, t("link.off.title"), t("link.off.verb"));
  await expect(page.getByText(t("link.switched_off"), { exact: true })).toBeVisible();
  await page.getByRole("switch", { name: t("link.enabled") }).click();
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("link.connected"), { exact: true })).toBeVisible();
});

test("an empty outlet says on each page what to do", async ({ page }) => {
  using folder = new Folder();
  const server = await startOutlet(folder);
  try {
    const api = await Api.outlet(server.url);
    const outlet = { server, folder, api, cafe: { products: {} }, restart: async () => {} };
    await openConsole(page, outlet, "products");
    for (const [path, empty] of [
      ["products", "products.empty"],
      ["categories", "categories.empty"],
      ["charges", "charges.empty"],
      ["tenders", "tenders.empty"],
      ["tables", "tables.empty"],
      ["customers", "customers.empty"],
      ["drawers", "drawers.empty"],
      ["devices", "devices.empty"],
      ["announcements", "announcements.empty"],
      ["sync/log", "log.empty"],
    ] as const) {
      await page.goto(`${server.url}/admin/${path}`);
      await expect(page.getByText(t(empty))).toBeVisible();
    }
  } finally {
    await server.kill();
  }
});
