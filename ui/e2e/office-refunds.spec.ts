// Refunds and reports at head office.

import { expectAccessible } from "./axe";
import { openOffice, row } from "./consoles";
import { expect, type Hub, test } from "./fixtures";
import { fillRefunds } from "./refunds";
import { smallTargets } from "./targets";
import { words } from "./texts";

const t = words("office");

const arrived = (hub: Hub, many: number) =>
  expect.poll(async () => (await hub.api.get<unknown[]>("/v1/hq/refunds")).length, { timeout: 30_000 }).toBe(many);

test("refunds of all outlets are listed; one leads to its order, and the order to its refunds", async ({
  page,
  linked,
}) => {
  const { hub, outlet } = linked;
  const { goods, goodsOf } = await fillRefunds(outlet);
  await arrived(hub, 2);
  await openOffice(page, hub, "refunds");
  await expect(row(page, goods.refund_number)).toContainText("Rp 32.340");
  await page.getByRole("link", { name: goods.refund_number }).click();
  await expect(row(page, "Soto Ayam")).toContainText(t("refunded.restocked"));
  await page.getByRole("link", { name: goodsOf.order_number }).click();
  await expect(page).toHaveURL(new RegExp(`/orders/${goodsOf.id}$`));
  await expect(page.getByRole("heading", { name: t("nav.refunds") })).toBeVisible();
  await expect(page.getByText("−Rp 32.340")).toBeVisible();
});

test("the taxes of an outlet agree with those at the outlet, refunds apart", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  await fillRefunds(outlet);
  await arrived(hub, 2);
  const { business_date: date } = await outlet.api.get<{ business_date: string }>("/api/v1/status");
  const [pbjt] = await outlet.api.get<{ amount: number; refunded_amount: number }[]>(
    `/api/v1/reports/tax?from=${date}&to=${date}`,
  );
  const rupiah = (amount: number | undefined) => `Rp ${(amount ?? 0).toLocaleString("id-ID")}`;
  await openOffice(page, hub, "reports");
  const table = (name: string) => page.getByRole("table", { name });
  const tax = row(table(t("reports.taxes")), "Kedai Kemang");
  await expect(tax).toContainText(rupiah(pbjt?.amount), { timeout: 30_000 });
  await expect(tax).toContainText(t("taxes.refunded", { amount: rupiah(pbjt?.refunded_amount) }));
  await page.getByRole("switch", { name: t("reports.by_day") }).click();
  await expect(page).toHaveURL(/by=day/);
});

test("newer pages at the hub are offered, not forced", async ({ page, hub }) => {
  await openOffice(page, hub);
  await expect(page.getByText(t("banner.new_version"))).toHaveCount(0);
  await page.route(`${hub.server.url}/`, (route) =>
    route.fulfill({ contentType: "text/html", body: '<script type="module" src="/assets/index-next.js"></script>' }),
  );
  await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
  await expect(page.getByText(t("banner.new_version"))).toBeVisible();
});

test("the pages of refunds and reports are accessible, and every target is large enough", async ({ page, linked }) => {
  test.setTimeout(180_000);
  const { hub, outlet } = linked;
  const { goods, goodsOf } = await fillRefunds(outlet);
  await arrived(hub, 2);
  await openOffice(page, hub, "refunds");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ["refunds", `refunds/${goods.id}`, `orders/${goodsOf.id}`, "reports"]) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(`${hub.server.url}/${path}`);
      await expect(page.getByRole("status", { name: t("loading") })).toHaveCount(0);
      await expect(page.getByText(/Rp\s\d/).first()).toBeVisible();
      await test.step(`${path} ${colorScheme}`, () => expectAccessible(page));
      await page.setViewportSize({ width: 360, height: 740 });
      await expect.poll(() => smallTargets(page)).toEqual([]);
    }
  }
});
