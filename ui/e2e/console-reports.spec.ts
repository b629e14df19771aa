// Refunds and reports at the outlet console.

import { expectAccessible } from "./axe";
import { openConsole, row } from "./consoles";
import { expect, test } from "./fixtures";
import { fillRefunds } from "./refunds";
import { smallTargets } from "./targets";
import { words } from "./texts";

const t = words("console");

test("refunds are listed with who, why and how, and one shows what came back and what it came to", async ({
  page,
  outlet,
}) => {
  const { goods, goodsOf, amount } = await fillRefunds(outlet);
  await openConsole(page, outlet, "refunds");
  await expect(row(page, goods.refund_number)).toContainText("Rp 32.340");
  await expect(row(page, amount.refund_number)).toContainText(t("method.qris"));
  await page.getByRole("link", { name: goods.refund_number }).click();
  await expect(page).toHaveURL(new RegExp(`/refunds/${goods.id}$`));
  await expect(row(page, "Soto Ayam")).toContainText(t("refunded.restocked"));
  await expect(page.getByText("Salah pesan")).toBeVisible();
  await page.getByRole("link", { name: goodsOf.order_number }).click();
  await expect(page).toHaveURL(new RegExp(`/orders/${goodsOf.id}$`));
  await expect(page.getByText("−Rp 32.340")).toBeVisible();
  await page.goto(`${outlet.server.url}/admin/refunds/${amount.id}`);
  await expect(page.getByText(t("refunded.amount_only"))).toBeVisible();
});

test("a refund at a till shows at once, without a reload", async ({ page, outlet }) => {
  await openConsole(page, outlet, "refunds");
  await expect(page.getByText(t("refunds.empty"))).toBeVisible();
  const { goods } = await fillRefunds(outlet);
  await expect(row(page, goods.refund_number)).toBeVisible();
});

test("the reports agree with the API: taxes with refunds apart, people, and tenders with what was counted", async ({
  page,
  outlet,
}) => {
  await fillRefunds(outlet);
  const { business_date: date } = await outlet.api.get<{ business_date: string }>("/api/v1/status");
  const period = `from=${date}&to=${date}`;
  const [pbjt] = await outlet.api.get<{ base: number; amount: number; refunded_amount: number }[]>(
    `/api/v1/reports/tax?${period}`,
  );
  const rupiah = (amount: number | undefined) => `Rp ${(amount ?? 0).toLocaleString("id-ID")}`;
  await openConsole(page, outlet, "reports?period=today");
  const tax = row(page, t("taxes.added", { name: "PBJT", rate: 10 }));
  await expect(tax).toContainText(rupiah(pbjt?.base));
  await expect(tax).toContainText(rupiah(pbjt?.amount));
  await expect(tax).toContainText(t("taxes.refunded", { amount: rupiah(pbjt?.refunded_amount) }));
  await expect(tax).toContainText(rupiah((pbjt?.amount ?? 0) - (pbjt?.refunded_amount ?? 0)));
  const people = page.getByRole("table", { name: t("reports.people") });
  await expect(people).toContainText(t("reports.voids.of", { orders: 1, lines: 0 }));
  await expect(people).toContainText(t("reports.times", { count: 2 }));
  await expect(people).toContainText("Rp 42.340");
  const tenders = page.getByRole("table", { name: t("reports.tenders") });
  await expect(tenders).toContainText(t("difference.short", { amount: "Rp 1.500" }));
  await page.getByRole("switch", { name: t("reports.by_day") }).click();
  await expect(page).toHaveURL(/by=day/);
  await expect(row(page, t("taxes.added", { name: "PBJT", rate: 10 }))).toContainText(rupiah(pbjt?.amount));
});

test("a printed report has neither places nor filters", async ({ page, outlet }) => {
  await fillRefunds(outlet);
  await openConsole(page, outlet, "reports?period=today");
  await expect(page.getByRole("table", { name: t("reports.taxes") })).toBeVisible();
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(page.getByRole("button", { name: t("action.print") })).toBeHidden();
  await expect(page.getByRole("table", { name: t("reports.taxes") })).toBeVisible();
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe("rgb(26, 31, 36)");
});

test("the pages of refunds and reports are accessible, and every target is large enough", async ({ page, outlet }) => {
  test.setTimeout(180_000);
  const { goods, goodsOf } = await fillRefunds(outlet);
  await openConsole(page, outlet, "refunds");
  const paths = ["refunds", `refunds/${goods.id}`, `orders/${goodsOf.id}`, "reports?period=today"];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of paths) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(`${outlet.server.url}/admin/${path}`);
      await expect(page.getByRole("status", { name: t("loading") })).toHaveCount(0);
      await expect(page.getByText(/Rp.[34]2\.340/).first()).toBeVisible();
      await test.step(`${path} ${colorScheme}`, () => expectAccessible(page));
      await page.setViewportSize({ width: 360, height: 740 });
      await expect.poll(() => smallTargets(page)).toEqual([]);
    }
  }
});
