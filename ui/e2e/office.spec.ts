import { Api } from "./api";
import { PINS } from "./cafe";
import { openOffice } from "./consoles";
import { expect, HEAD_OFFICE, pair, startOutlet, test } from "./fixtures";
import { Folder } from "./process";
import { words } from "./texts";

const t = words("office");

test("an outlet is added on the page, enrolled with its code, and seen to its first sale", async ({ page, hub }) => {
  await openOffice(page, hub, "outlets");
  await page
    .getByRole("link", { name: t("outlets.add") })
    .or(page.getByRole("button", { name: t("outlets.add") }))
    .first()
    .click();
  await page.getByLabel(t("outlet.name")).fill("Kedai Kemang");
  await page.getByLabel(t("outlet.code")).fill("JKT-001");
  await page.getByRole("button", { name: t("add.make") }).click();
  await expect(page.getByRole("img", { name: t("enroll.qr") })).toBeVisible();
  const command = await page.getByText(/^gerai enroll /).textContent();
  const code = /--code (\S+)/.exec(command ?? "")?.[1] ?? "";

  using folder = new Folder();
  folder.run("enroll", "--hub", `${hub.server.url}/v1`, "--code", code, "--db", "pos.db");
  const shop = await startOutlet(folder);
  try {
    await hub.api.post("/v1/hq/products", { name: "Kopi Susu", price: 22_000 });
    const api = await Api.outlet(shop.url);
    await expect
      .poll(async () => (await api.get<{ name: string }[]>("/api/v1/products")).length, { timeout: 20_000 })
      .toBe(1);
    const [product] = await api.get<{ id: string }[]>("/api/v1/products");
    await api.post("/api/v1/orders", {
      lines: [{ product_id: product?.id, qty: 1 }],
      payments: [{ method: "cash", amount: 50_000 }],
    });
    await expect(page.getByText(t("enroll.done"))).toBeVisible({ timeout: 30_000 });
  } finally {
    await shop.kill();
  }
});

test("head office sees a till, and the sales that wait on it", async ({ page, linked, browser }) => {
  const { hub, outlet } = linked;
  const tablet = await browser.newContext();
  const till = await tablet.newPage();
  await pair(till, outlet, "Kasir depan");
  await expect(till.getByRole("button", { name: /Sari/ })).toBeVisible();
  await till.close();
  const report = { waiting: 3, oldest_waiting_at: new Date().toISOString() };
  const answer = await tablet.request.post(`${outlet.server.url}/api/v1/devices/me/heartbeat`, { data: report });
  expect(answer.ok()).toBe(true);
  const [found] = await hub.api.get<{ id: string }[]>("/v1/hq/outlets");
  await openOffice(page, hub, `outlets/${found?.id}`);
  await expect(page.getByText(t("outlet.on_devices", { count: 3 }))).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("Kasir depan")).toBeVisible();
  await tablet.close();
});

test("a price changed at head office is in force at the outlet, and the page says who has it", async ({
  page,
  linked,
}) => {
  const { hub, outlet } = linked;
  const made = await hub.api.post<{ id: string }>("/v1/hq/products", { name: "Es Kopi Pandan", price: 24_000 });
  await openOffice(page, hub, `products/${made.id}`);
  await page.getByLabel(t("product.price"), { exact: true }).fill("26000");
  await page.getByRole("button", { name: t("action.save") }).click();
  const price = async () =>
    (await outlet.api.get<{ price: number }>(`/api/v1/products/${made.id}`).catch(() => null))?.price;
  await expect.poll(price, { timeout: 20_000 }).toBe(26_000);
  await page
    .getByRole("tab", { name: t("product.tab.delivery") })
    .or(page.getByText(t("product.tab.delivery")))
    .first()
    .click();
  await expect(page.getByText(t("delivery.applied")).first()).toBeVisible({ timeout: 20_000 });
});

test("sales are summed, drilled down and found by number", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  const order = await outlet.api.post<{ order_number: string; total: number }>("/api/v1/orders", {
    lines: [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 2 }],
    payments: [{ method: "cash", amount: 100_000 }],
  });
  await expect.poll(async () => (await hub.api.get<unknown[]>("/v1/hq/orders")).length, { timeout: 20_000 }).toBe(1);
  await openOffice(page, hub, `orders?q=${order.order_number}`);
  await page.getByText(order.order_number).first().click();
  await expect(page.getByText("Soto Ayam")).toBeVisible();
  await page.goto(`${hub.server.url}/sales?group=product`);
  await expect(page.getByText("Soto Ayam").first()).toBeVisible();
});

test("a wrong password is refused beside the form", async ({ page, hub }) => {
  await page.goto(`${hub.server.url}/`);
  await page.getByLabel(t("login.username")).fill(HEAD_OFFICE.username);
  await page.getByLabel(t("login.password"), { exact: true }).fill(PINS.sari);
  await page.getByRole("button", { name: t("login.enter") }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel(t("login.username"))).toHaveValue(HEAD_OFFICE.username);
});

test.describe("today", () => {
  // A device where it is already tomorrow.
  test.use({ timezoneId: "Pacific/Kiritimati" });

  test("a sale at 01:00 belongs to yesterday where the business day ends at 04:00, and that is today at head office", async ({
    page,
    linked,
  }) => {
    const { hub, outlet } = linked;
    const ahead = (25 - new Date().getUTCHours()) % 24;
    const offset = ahead > 13 ? ahead - 24 : ahead;
    const settings = { zone: `Etc/GMT${offset > 0 ? "-" : "+"}${Math.abs(offset)}`, cutoff_minutes: 240 };
    const set = () =>
      hub.api.call("PATCH", "/v1/hq/outlets/JKT-001/settings", settings).then(
        () => true,
        () => false,
      );
    await expect.poll(set, { timeout: 20_000 }).toBe(true);
    const cutoff = async () => (await outlet.api.get<{ cutoff_minutes: number }>("/api/v1/config/shop")).cutoff_minutes;
    await expect.poll(cutoff, { timeout: 20_000 }).toBe(240);
    await outlet.api.post("/api/v1/orders", {
      lines: [{ product_id: outlet.cafe.products.Espresso, qty: 1 }],
      payments: [{ method: "cash", amount: 50_000 }],
    });
    await openOffice(page, hub, "outlets");
    const sold = page.getByRole("main").getByText("Rp 18.480").first();
    await expect(sold).toBeVisible({ timeout: 20_000 });
    await page.goto(`${hub.server.url}/sales?period=today`);
    await expect(sold).toBeVisible();
    await page.getByRole("link", { name: t("nav.outlets") }).click();
    await page.getByRole("link", { name: /Kedai Kemang/ }).click();
    await expect(sold).toBeVisible();
  });
});
