import { button, choose, confirm, layer, openOffice, row, type } from "./consoles";
import { expect, type Hub, test } from "./fixtures";
import { words } from "./texts";

const t = words("office");

interface Product {
  id: string;
  name: string;
  price: number;
  variants: { name: string; price: number }[];
}

const products = (hub: Hub): Promise<Product[]> => hub.api.get<Product[]>("/v1/hq/products");

test("a product is made with a size and an extra, changed, and deleted", async ({ page, hub }) => {
  await openOffice(page, hub, "products");
  await button(page, t("product.add")).click();
  await type(page, { [t("product.name")]: "Es Kopi Pandan", [t("product.price")]: "24000" });
  await button(page, t("variant.add")).click();
  await page.getByLabel(t("variant.name"), { exact: true }).fill("Besar");
  await page.getByLabel(t("product.price"), { exact: true }).last().fill("30000");
  await button(page, t("group.add")).click();
  await type(page, { [t("group.name")]: "Susu", [t("option.name")]: "Oat", [t("option.price")]: "6000" });
  await button(page, t("product.add")).last().click();
  await expect(page.getByRole("tab", { name: t("product.tab.prices") })).toBeVisible();
  expect(await products(hub)).toMatchObject([{ price: 24_000, variants: [{ name: "Besar", price: 30_000 }] }]);

  await page.getByLabel(t("product.price"), { exact: true }).first().fill("25000");
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("saved.sending"))).toBeVisible();
  await button(page, t("action.delete")).click();
  await confirm(page, t("product.delete.ask", { name: "Es Kopi Pandan" }), t("action.delete"));
  await expect(page.getByText(t("products.empty"))).toBeVisible();
});

/** One red pixel. */
const PHOTO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

test("a photo is set for all outlets, replaced, and removed", async ({ page, hub }) => {
  const { id } = await hub.api.post<{ id: string }>("/v1/hq/products", { name: "Es Kopi Pandan", price: 24_000 });
  const image = async () => (await hub.api.get<{ image: string | null }>(`/v1/hq/products/${id}`)).image;
  await openOffice(page, hub, `products/${id}`);
  await page.locator("input[type=file]").setInputFiles({ name: "es.png", mimeType: "image/png", buffer: PHOTO });
  const photo = page.getByRole("img", { name: t("image.of", { name: "Es Kopi Pandan" }) });
  await expect(photo).toBeVisible();
  expect(await photo.evaluate((shown: HTMLImageElement) => shown.decode().then(() => shown.naturalWidth))).toBe(1);
  expect(await image()).not.toBeNull();
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "es.txt", mimeType: "text/plain", buffer: Buffer.from("es") });
  await expect(page.getByText(t("image.unreadable"))).toBeVisible();
  await button(page, t("image.delete")).click();
  await confirm(page, t("image.delete_title", { name: "Es Kopi Pandan" }), t("image.delete"));
  await expect(photo).toHaveCount(0);
  expect(await image()).toBeNull();
});

test("prices of a category are changed after a preview, and the change is undone", async ({ page, hub }) => {
  const { id } = await hub.api.post<{ id: string }>("/v1/hq/categories", { name: "Teh", position: 1 });
  for (const [name, price] of [
    ["Es Teh Manis", 8_000],
    ["Lemon Tea", 14_000],
  ] as const) {
    await hub.api.post("/v1/hq/products", { name, price, category_id: id });
  }
  const prices = async () => (await products(hub)).map((product) => product.price).sort((a, b) => a - b);
  await openOffice(page, hub, `products?category=${id}`);
  await button(page, t("bulk.open.category", { name: "Teh" })).click();
  const sheet = layer(page, t("bulk.title"));
  await sheet.getByLabel(t("bulk.difference"), { exact: true }).fill("1000");
  await button(sheet, t("bulk.preview")).click();
  await expect(sheet.getByText("Rp 9.000")).toBeVisible();
  expect(await prices()).toEqual([8_000, 14_000]);
  await button(sheet, t("bulk.apply", { count: 2 })).click();
  await expect.poll(prices).toEqual([9_000, 15_000]);
  await button(page, t("action.undo")).click();
  await expect.poll(prices).toEqual([8_000, 14_000]);
});

for (const kind of [
  { path: "categories", one: "category", fields: { [t("category.name")]: "Kopi" } },
  { path: "customers", one: "customer", fields: { [t("customer.name")]: "Bu Rina", [t("customer.phone")]: "0812" } },
  { path: "tenders", one: "tender", fields: { [t("tender.name")]: "BCA EDC" } },
  { path: "charges", one: "charge", fields: { [t("charge.name")]: "PBJT", [t("charge.rate")]: "10" } },
]) {
  const [label, name] = Object.entries(kind.fields)[0] as [string, string];
  test(`an entry of ${kind.path} is made, changed, and deleted`, async ({ page, hub }) => {
    await openOffice(page, hub, kind.path);
    await button(page, t(`${kind.one}.add`)).click();
    const sheet = layer(page, t(`${kind.one}.add`));
    await type(sheet, kind.fields);
    await button(sheet, t("action.save")).click();
    await button(page, name).click();
    const change = layer(page, t(`${kind.one}.edit`));
    await change.getByLabel(label, { exact: true }).fill(`${name} baru`);
    await button(change, t("action.save")).click();
    await button(page, `${name} baru`).click();
    await button(change, t("action.delete")).click();
    await confirm(page, t(`${kind.one}.delete.ask`, { name: `${name} baru` }), t("action.delete"));
    await expect(page.getByText(t(`${kind.path}.empty`))).toBeVisible();
  });
}

test("an outlet's own price is in force there, and taken back", async ({ page, linked }) => {
  const { hub, outlet } = linked;
  const { id } = await hub.api.post<{ id: string }>("/v1/hq/products", { name: "Es Kopi Pandan", price: 24_000 });
  const price = () =>
    outlet.api.get<{ price: number }>(`/api/v1/products/${id}`).then(
      (product) => product.price,
      () => null,
    );
  await openOffice(page, hub, `products/${id}?tab=prices`);
  await page.getByLabel(t("prices.own.of", { name: "Kedai Kemang" })).fill("27000");
  await expect(page.getByText(t("prices.edits", { count: 1 }))).toBeVisible();
  await button(page, t("action.save")).click();
  await expect.poll(price, { timeout: 20_000 }).toBe(27_000);
  await expect(row(page, "Kedai Kemang").getByText("Rp 27.000")).toBeVisible();
  await button(page, t("action.undo")).click();
  await expect.poll(price, { timeout: 20_000 }).toBe(24_000);

  await choose(page, t("prices.available.of", { name: "Kedai Kemang" }), t("product.sold_out"));
  await button(page, t("action.save")).click();
  await expect(row(page, "Kedai Kemang").getByText(t("product.sold_out"))).toBeVisible();
});

test("a product that somebody else has changed is offered anew", async ({ page, hub }) => {
  const { id } = await hub.api.post<{ id: string }>("/v1/hq/products", { name: "Es Kopi Pandan", price: 24_000 });
  await openOffice(page, hub, `products/${id}`);
  await page.getByLabel(t("product.name"), { exact: true }).fill("Es Kopi Pandan Wangi");
  await hub.api.call("PATCH", `/v1/hq/products/${id}`, { price: 25_000 });
  await expect(page.getByText(t("form.newer"))).toBeVisible({ timeout: 20_000 });
  await button(page, t("form.load_newer")).click();
  await expect(page.getByLabel(t("product.price"), { exact: true })).toHaveValue("25.000");
});
