import { button, choose, confirm, layer, openConsole, row, type } from "./consoles";
import { expect, type Outlet, test } from "./fixtures";
import { words } from "./texts";

const t = words("console");

interface Product {
  id: string;
  name: string;
  price: number;
  available: boolean;
  image: string | null;
  variants: { name: string; price: number }[];
  modifier_groups: { name: string; options: { name: string }[] }[];
}

const found = async (outlet: Outlet, name: string): Promise<Product | undefined> =>
  (await outlet.api.get<Product[]>(`/api/v1/products?q=${encodeURIComponent(name)}`))[0];

/** One red pixel. */
const PHOTO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

test("a product is made with a size, an extra and a photo, changed, and deleted", async ({ page, outlet }) => {
  await openConsole(page, outlet, "products");
  await button(page, t("products.new")).first().click();
  await type(page, { [t("field.name")]: "Es Kopi Pandan", [t("field.price")]: "24000", [t("field.code")]: "KP-11" });
  await choose(page, t("field.category"), "Kopi");
  await button(page, t("variants.add")).click();
  const size = page.getByRole("group", { name: /^(Varian 1|Besar)$/ });
  await type(size, { [t("field.name")]: "Besar", [t("field.price")]: "30000" });
  await button(page, t("groups.add")).click();
  await page.getByPlaceholder(t("groups.example")).fill("Susu");
  await page.getByLabel(t("groups.option_name", { number: 1 })).fill("Oat");
  await button(page, t("action.save")).click();

  await page.locator("input[type=file]").setInputFiles({ name: "es.png", mimeType: "image/png", buffer: PHOTO });
  await expect(page.getByRole("img", { name: t("image.of", { name: "Es Kopi Pandan" }) })).toBeVisible();
  const made = await found(outlet, "Pandan");
  expect(made).toMatchObject({
    price: 24_000,
    variants: [{ name: "Besar", price: 30_000 }],
    modifier_groups: [{ name: "Susu", options: [{ name: "Oat" }] }],
  });
  expect(made?.image).not.toBeNull();

  await page.getByLabel(t("field.price"), { exact: true }).first().fill("25000");
  await button(page, t("action.save")).click();
  await page.getByRole("link", { name: "Es Kopi Pandan" }).click();
  await expect(page.getByLabel(t("field.price"), { exact: true }).first()).toHaveValue("25.000");
  await button(page, t("action.delete")).click();
  await confirm(page, t("product.delete", { name: "Es Kopi Pandan" }), t("action.delete"));
  await expect(page.getByText("Espresso", { exact: true })).toBeVisible();
  await expect(page.getByText("Es Kopi Pandan")).toHaveCount(0);
  expect(await found(outlet, "Pandan")).toBeUndefined();
});

test("a product without a price is not saved, and the field says why", async ({ page, outlet }) => {
  await openConsole(page, outlet, "products/new");
  await type(page, { [t("field.name")]: "Es Kopi Pandan" });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("product.price_missing"))).toBeVisible();
  expect(await found(outlet, "Pandan")).toBeUndefined();
});

test("a product that somebody else has changed is not overwritten", async ({ page, outlet }) => {
  const id = outlet.cafe.products.Espresso;
  await openConsole(page, outlet, `products/${id}`);
  await page.getByLabel(t("field.price"), { exact: true }).first().fill("17000");
  await outlet.api.call("PATCH", `/api/v1/products/${id}`, { price: 18_000 });
  await button(page, t("action.save")).click();
  await expect(page.getByText(t("form.overtaken"))).toBeVisible();
  await button(page, t("form.reload")).click();
  await expect(page.getByLabel(t("field.price"), { exact: true }).first()).toHaveValue("18.000");
});

test("products are marked as sold out together, and made available again", async ({ page, outlet }) => {
  await openConsole(page, outlet, "products?q=goreng");
  for (const name of ["Mie Goreng Jawa", "Pisang Goreng"]) {
    await page.getByRole("checkbox", { name: t("list.select", { name }) }).check();
  }
  await button(page, t("products.mark_sold_out")).click();
  await expect(row(page, "Mie Goreng Jawa").getByText(t("products.sold_out"))).toBeVisible();
  expect((await found(outlet, "Pisang Goreng"))?.available).toBe(false);
  await button(page, t("action.undo")).click();
  await expect(row(page, "Pisang Goreng").getByText(t("products.available"))).toBeVisible();
});

test("a category is made with a color, changed, and deleted", async ({ page, outlet }) => {
  await openConsole(page, outlet, "categories");
  await button(page, t("categories.new")).click();
  const sheet = layer(page, t("categories.new"));
  await type(sheet, { [t("field.name")]: "Roti" });
  await sheet.getByText(t("color.teal"), { exact: true }).click();
  await button(sheet, t("action.save")).click();
  await button(page, "Roti").click();
  const change = layer(page, "Roti");
  await expect(change.getByRole("radio", { name: t("color.teal") })).toBeChecked();
  await type(change, { [t("field.name")]: "Roti dan kue", [t("field.position")]: "0" });
  await button(change, t("action.save")).click();
  await button(page, "Roti dan kue").click();
  await button(layer(page, "Roti dan kue"), t("action.delete")).click();
  await confirm(page, t("categories.delete", { name: "Roti dan kue" }), t("action.delete"));
  await expect(page.getByText("Roti dan kue")).toHaveCount(0);
  await expect(page.getByText("Kopi", { exact: true })).toBeVisible();
});

test("a category with products is not deleted, and the question says so", async ({ page, outlet }) => {
  await openConsole(page, outlet, "categories");
  await button(page, "Kopi").click();
  await button(layer(page, "Kopi"), t("action.delete")).click();
  const question = layer(page, t("categories.delete", { name: "Kopi" }));
  await button(question, t("action.delete")).click();
  await expect(question.getByRole("alert")).toBeVisible();
});

test("a tax comes into force on its day, and existing ones stay", async ({ page, outlet }) => {
  await openConsole(page, outlet, "charges");
  await button(page, t("charges.new")).click();
  const sheet = layer(page, t("charges.new"));
  await type(sheet, { [t("field.name")]: "PPN", [t("field.rate")]: "11" });
  await choose(sheet, t("charges.for_group"), t("tax.ppn"));
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await type(sheet, { [t("charges.base")]: "11/12", [t("field.valid_from")]: day });
  await sheet.getByLabel(t("field.position"), { exact: true }).fill("3");
  await button(sheet, t("action.save")).click();
  await expect(row(page, "PPN").getByText(t("charges.later"))).toBeVisible();
  await expect(row(page, "PBJT").getByText(t("charges.in_force"))).toBeVisible();
  const charges = await outlet.api.get<Record<string, unknown>[]>("/api/v1/charges");
  expect(charges.find((charge) => charge.name === "PPN")).toMatchObject({
    rate_bp: 1_100,
    base_num: 11,
    base_den: 12,
    valid_from: day,
  });
  await button(page, "PPN").click();
  await button(layer(page, "PPN"), t("action.delete")).click();
  await confirm(page, t("charges.delete", { name: "PPN" }), t("action.delete"));
  await expect(page.getByText("PPN")).toHaveCount(0);
});

test("a way to pay is made, required to have a reference, and deleted", async ({ page, outlet }) => {
  await openConsole(page, outlet, "tenders");
  await expect(page.getByText(t("tenders.empty"))).toBeVisible();
  await button(page, t("tenders.new")).click();
  const sheet = layer(page, t("tenders.new"));
  await type(sheet, { [t("field.name")]: "GoFood" });
  await choose(sheet, t("field.method"), t("method.other"));
  await choose(sheet, t("field.special"), t("special.platform"));
  await button(sheet, t("action.save")).click();
  await expect(row(page, "GoFood").getByText(t("special.platform"))).toBeVisible();
  await button(page, "GoFood").click();
  await layer(page, "GoFood")
    .getByRole("checkbox", { name: t("field.needs_reference") })
    .check();
  await button(layer(page, "GoFood"), t("action.save")).click();
  await expect(layer(page, "GoFood")).toHaveCount(0);
  const [made] = await outlet.api.get<Record<string, unknown>[]>("/api/v1/tenders");
  expect(made).toMatchObject({ method: "other", special: "platform", needs_reference: true, active: true });
  await button(page, "GoFood").click();
  await button(layer(page, "GoFood"), t("action.delete")).click();
  await confirm(page, t("tenders.delete", { name: "GoFood" }), t("action.delete"));
  await expect(page.getByText(t("tenders.empty"))).toBeVisible();
});
