import { Api, eventually } from "./api";
import { openConsole, row } from "./consoles";
import { expect, type Outlet, startOutlet, test } from "./fixtures";
import { Folder } from "./process";
import { words } from "./texts";

const t = words("console");

interface Product {
  id: string;
  price: number;
}

test("an admin changes the prices of a category at once, and takes it back", async ({ page, outlet }) => {
  const price = async () =>
    (await outlet.api.get<Product>(`/api/v1/products/${outlet.cafe.products["Es Teh Manis"]}`)).price;
  await openConsole(page, outlet, "products");
  await expect(page.getByText("Es Teh Manis")).toBeVisible();
  await page.getByRole("combobox", { name: t("field.category") }).click();
  await page.getByRole("option", { name: "Teh" }).click();
  await page.getByRole("button", { name: t("products.price_category") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(t("bulk.way.add"), { exact: true }).click();
  await dialog.getByLabel(t("bulk.amount")).fill("1000");
  await expect(dialog.getByText("Rp 9.000")).toBeVisible();
  expect(await price()).toBe(8_000);
  await dialog.getByRole("button", { name: t("bulk.apply", { count: 3 }) }).click();
  await expect(page.getByText(t("bulk.done", { count: 3 }))).toBeVisible();
  expect(await price()).toBe(9_000);
  await page.getByRole("button", { name: t("action.undo") }).click();
  await expect.poll(price).toBe(8_000);
  await expect(page.getByText("Rp 8.000")).toBeVisible();
});

test("a search finds any part of a name, a code or a barcode", async ({ page, outlet }) => {
  await openConsole(page, outlet, "products");
  const search = page.getByRole("searchbox", { name: t("products.search") });
  for (const [typed, found] of [
    ["goreng", "Kentang Goreng"],
    ["p-05", "Caffè Latte"],
    ["8991234567890", "Caffè Latte"],
  ] as const) {
    await search.fill(typed);
    await expect(page.getByText(found)).toBeVisible();
    await expect(page.getByText("Espresso", { exact: true })).toBeHidden();
  }
  await search.fill("tidak ada");
  await expect(page.getByText(t("products.none_found"))).toBeVisible();
});

test("a device is paired by its code, and revoked", async ({ page, outlet, browser }) => {
  await openConsole(page, outlet, "devices");
  await page
    .getByRole("button", { name: t("devices.pair") })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("field.name")).fill("Kasir depan");
  await dialog.getByRole("button", { name: t("devices.make_code") }).click();
  await expect(dialog.getByRole("img", { name: t("devices.qr") })).toBeVisible();
  const shown = (await dialog.getByRole("status", { name: t("devices.code"), exact: true }).textContent()) ?? "";

  const tablet = await browser.newContext();
  const till = await tablet.newPage();
  await till.goto(`${outlet.server.url}/till/?pair=${shown.replace(/\W/g, "")}`);
  await till.getByRole("button", { name: words("till")("pair.action"), exact: true }).click();
  await expect(till.getByRole("button", { name: /Sari/ })).toBeVisible();
  await expect(dialog.getByText(t("devices.paired"))).toBeVisible();
  await dialog.getByRole("button", { name: t("devices.done") }).click();

  await page.getByText("Kasir depan").first().click();
  await page.getByRole("button", { name: t("devices.revoke") }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: t("devices.revoke") })
    .last()
    .click();
  await till.reload();
  await expect(till.getByRole("button", { name: /Sari/ })).toBeHidden();
  await tablet.close();
});

test("an admin connects the outlet to head office on the page, and its sales arrive", async ({ page, outlet, hub }) => {
  await outlet.api.post("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products.Espresso, qty: 1 }],
    payments: [{ method: "cash", amount: 50_000 }],
  });
  const added = await hub.api.post<{ enroll_code: string }>("/v1/hq/outlets", { code: "JKT-001", name: "Kemang" });
  await openConsole(page, outlet, "link");
  const [address, code] = [page.getByLabel(t("link.url")).first(), page.getByLabel(t("link.enroll.code"))];
  await address.fill(`${hub.server.url}/v1`);
  await code.fill("AAAA-BBBB-CCCC");
  await page.getByRole("button", { name: t("link.enroll.verb"), exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasNotText: t("link.careful") })).toBeVisible();
  await code.fill(added.enroll_code);
  await page.getByRole("button", { name: t("link.enroll.verb"), exact: true }).click();
  await expect(page.getByText(t("link.connected"), { exact: true })).toBeVisible();
  await expect(page.getByRole("main").getByText("Kemang")).toBeVisible();
  await expect(code).toBeHidden();
  await eventually("the order is at the hub", async () => (await orders(hub.api)).length === 1);
});

test("the page about HTTPS shows the certificate, and where a tablet learns to trust it", async ({ page }) => {
  using folder = new Folder();
  const server = await startOutlet(folder, "--tls", "auto", "--tls-listen", "127.0.0.1:0");
  try {
    const api = await Api.outlet(server.url);
    const tls = await api.get<{ fingerprint: string; names: string[]; trust_url: string | null }>("/api/v1/tls");
    await openConsole(page, { server } as Outlet, "https");
    await expect(page.getByText(tls.fingerprint)).toBeVisible();
    await expect(page.getByText(tls.names.join(", "))).toBeVisible();
    if (tls.trust_url !== null) {
      await expect(page.getByRole("img", { name: t("https.trust.qr") })).toBeVisible();
      await expect(page.getByText(tls.trust_url)).toBeVisible();
    }
    await page.getByRole("link", { name: t("https.trust.open") }).click();
    await expect(page.getByText(tls.fingerprint)).toBeVisible();
  } finally {
    await server.kill();
  }
});

test("a failed item shows its reason, and is sent once its cause is gone", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const order = await outlet.api.post<{ id: string }>("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products.Espresso, qty: 1 }],
    payments: [{ method: "cash", amount: 50_000 }],
  });
  await eventually("the order is at the hub", async () => (await orders(hub.api)).length === 1);
  // As somebody with the sqlite3 shell would break it: the parts no longer sum up.
  outlet.folder.sql("pos.db", `update order_lines set amount = amount + 5 where order_id = '${order.id}'`);
  await outlet.api.post("/api/v1/sync/trigger");
  await openConsole(page, outlet, "sync/failed");
  const row = page.getByRole("row").filter({ hasText: /JKT|OUTLET/ });
  await expect(row).toBeVisible();
  outlet.folder.sql("pos.db", `update order_lines set amount = amount - 5 where order_id = '${order.id}'`);
  await row.getByRole("button", { name: t("action.retry") }).click();
  await expect(page.getByText(t("failed.empty"))).toBeVisible();
});

const orders = (api: { get: <T>(path: string) => Promise<T> }) => api.get<unknown[]>("/v1/hq/orders");

test("a conflict is shown side by side, resolved with one tap, and undone", async ({ page, linked }) => {
  const { outlet, hub } = linked;
  const id = outlet.cafe.products["Lemon Tea"] as string;
  await eventually("the product is at the hub", async () => (await exists(hub.api, id)) !== null);
  // Both change the station before they hear of each other.
  await outlet.server.kill();
  await hub.api.call("PATCH", `/v1/hq/products/${id}`, { station: "none" });
  outlet.folder.sql("pos.db", `update products set station = 'kitchen' where id = '${id}'`);
  await outlet.restart();
  await openConsole(page, outlet, "sync/conflicts?status=all");
  const card = page.getByRole("article").filter({ hasText: "Lemon Tea" });
  await expect(card).toBeVisible({ timeout: 30_000 });
  await card.getByRole("button", { name: t("conflicts.choose_local") }).click();
  await expect(page.getByText(t("conflicts.resolved")).first()).toBeVisible();
  await card.getByRole("button", { name: t("conflicts.undo") }).click();
  await expect(card.getByText(t("conflicts.resolved"))).toBeHidden();
});

async function exists(api: { get: <T>(path: string) => Promise<T> }, id: string): Promise<unknown> {
  return api.get<unknown>(`/v1/hq/products/${id}`).catch(() => null);
}

test("a page stays while the server is away, also in another language", async ({ page, outlet }) => {
  await openConsole(page, outlet, "products");
  await expect(row(page, "Espresso")).toBeVisible();
  await outlet.server.kill();
  await page.locator("header button[aria-haspopup=menu]").click();
  await page.getByText("English", { exact: true }).click();
  await expect(page.getByText(words("console", "en")("banner.unreachable"))).toBeVisible({ timeout: 40_000 });
  await expect(row(page, "Espresso")).toBeVisible();
  await outlet.restart();
});
