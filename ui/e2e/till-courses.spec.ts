// Courses that are sent one after the other, what is ready to serve, and how much is left of a product.

import { expect, test } from "./fixtures";
import { atServer } from "./kitchen";
import { goToOrder, openOrder, orderOf, sheet, t, tile } from "./till";

test("a course is sent when its time has come, and the rest waits", async ({ selling: page, outlet }) => {
  const made = await openOrder(outlet, "Soto Ayam", "4");
  const pisang = { product_id: outlet.cafe.products["Pisang Goreng"], qty: 2 };
  await outlet.api.post(`/api/v1/orders/${made.id}/lines`, [pisang]);
  await goToOrder(page, outlet, made);
  for (const [name, course] of [
    ["Soto Ayam", 1],
    ["Pisang Goreng", 2],
  ] as const) {
    await page.getByRole("button", { name: new RegExp(name) }).click();
    await sheet(page)
      .getByRole("radiogroup", { name: t("course.of_line") })
      .getByText(String(course), { exact: true })
      .click();
    await sheet(page)
      .getByRole("button", { name: /^Simpan/ })
      .click();
    await expect(sheet(page)).toBeHidden();
    await expect(page.getByText(t("course", { course }))).toBeVisible();
  }
  await page.getByRole("button", { name: new RegExp(t("order.send")) }).click();
  await sheet(page)
    .getByRole("button", { name: new RegExp(t("course", { course: 1 })) })
    .click();
  await expect(sheet(page)).toBeHidden();
  const sent = async () => (await orderOf(outlet, made)).lines.map(({ sent_at: at }) => at !== null);
  expect(await sent()).toEqual([true, false]);
  expect(await atServer(outlet)).toHaveLength(1);
  await page.getByRole("button", { name: new RegExp(t("order.send")) }).click();
  await sheet(page)
    .getByRole("button", { name: new RegExp(t("course.all")) })
    .click();
  await expect(page.getByRole("button", { name: t("order.sent") })).toBeDisabled();
  expect(await sent()).toEqual([true, true]);
  expect(await atServer(outlet)).toHaveLength(2);
});

test("what the kitchen has finished is shown to who serves, until it was served", async ({ selling: page, outlet }) => {
  const made = await openOrder(outlet, "Soto Ayam", "7", 2);
  await outlet.api.post(`/api/v1/orders/${made.id}/send`);
  await page.goto(`${outlet.server.url}/till/orders`);
  const [ticket] = await atServer(outlet);
  const ready = page.getByRole("region", { name: t("to_serve"), exact: true });
  await expect(page.getByText(t("table.named", { name: "7" }))).toBeVisible();
  await expect(ready).toBeHidden();
  await outlet.api.post(`/api/v1/kitchen/tickets/${ticket?.id}/ready`);
  await expect(ready).toContainText(t("table.named", { name: "7" }));
  await expect(ready).toContainText("2 Soto Ayam");
  await ready.getByRole("button", { name: t("to_serve.served") }).click();
  await expect(ready).toBeHidden();
  expect(await atServer(outlet, "state=served")).toHaveLength(1);
});

test("a tile shows how many are left", async ({ selling: page, outlet }) => {
  const product = outlet.cafe.products["Soto Ayam"];
  await outlet.api.call("PUT", "/api/v1/kitchen/availability", { product_id: product, left: 3 });
  await expect(tile(page, "Soto Ayam")).toContainText(t("product.left", { left: 3 }));
});
