import { expect, test } from "vitest";
import { type CatalogAnswer, find, merge, type Product, search } from "./catalog";

const product = (id: string, name: string, more: Partial<Product> = {}): Product => ({
  id,
  name,
  price: 10_000,
  tax_group: "pbjt",
  station: "none",
  available: true,
  choices_left: [],
  qty_scale: 0,
  position: 0,
  variants: [],
  modifier_groups: [],
  category_id: "c1",
  ...more,
});

const answer = (version: string, products: Product[], more: Partial<CatalogAnswer> = {}): CatalogAnswer => ({
  version,
  full: true,
  categories: [
    { id: "c2", name: "Makanan", position: 2, version: 1 },
    { id: "c1", name: "Kopi", position: 1, version: 1 },
  ],
  products,
  charges: [],
  tenders: [],
  menus: [],
  prices: [],
  outlet_prices: [],
  tables: [],
  deleted: {
    categories: [],
    products: [],
    charges: [],
    tenders: [],
    menus: [],
    prices: [],
    outlet_prices: [],
    tables: [],
  },
  settings: {} as CatalogAnswer["settings"],
  ...more,
});

const latte = product("p1", "Caffè Latte", { code: "KP-01", barcode: "0123456789012" });
const fries = product("p2", "Kentang", {
  category_id: "c2",
  variants: [{ id: "l", name: "Besar", price: 29_000, barcode: "8990001" }],
});

test("a search ignores case and accents, and wants every word in name, code or barcode", () => {
  const catalog = merge(null, answer("e-1", [fries, latte]));
  const names = (query: string) => search(catalog, query, null).map(({ name }) => name);
  expect(names("caffe LATTE")).toEqual(["Caffè Latte"]);
  expect(names("kp-01")).toEqual(["Caffè Latte"]);
  expect(names("8990")).toEqual(["Kentang"]);
  expect(names("latte kentang")).toEqual([]);
  expect(search(catalog, "", "c2")).toEqual([fries]);
  expect(names("")).toEqual(["Caffè Latte", "Kentang"]);
});

test("U27 20,000 products are all found", () => {
  const many = Array.from({ length: 20_000 }, (_, at) => product(`p${at}`, `Barang ${at}`, { code: `B${at}` }));
  const catalog = merge(null, answer("e-1", many));
  expect(search(catalog, "b19999", null)).toHaveLength(1);
  expect(search(catalog, "barang", null)).toHaveLength(20_000);
});

test("a scan finds products and variants, with or without the zero of a UPC code", () => {
  const catalog = merge(null, answer("e-1", [latte, fries]));
  expect(find(catalog, "123456789012")?.product.id).toBe("p1");
  expect(find(catalog, "8990001")).toEqual({ product: fries, variantId: "l" });
  expect(find(catalog, "77")).toBeNull();
});

test("changes replace, add and delete rows", () => {
  const first = merge(null, answer("e-1", [latte, fries]));
  const changed = answer("e-2", [{ ...latte, price: 12_000 }], {
    full: false,
    categories: [],
    deleted: {
      categories: [],
      products: ["p2"],
      charges: [],
      tenders: [],
      menus: [],
      prices: [],
      outlet_prices: [],
      tables: [],
    },
  });
  const second = merge(first, changed);
  expect(second.products.map(({ id, price }) => [id, price])).toEqual([["p1", 12_000]]);
  expect(second.categories).toHaveLength(2);
});

test("U30 an older catalog that arrives late changes nothing", () => {
  const newer = merge(null, answer("e-7", [latte]));
  expect(merge(newer, answer("e-6", [fries]))).toBe(newer);
  expect(merge(newer, answer("e-7", [fries]))).toBe(newer);
  expect(merge(newer, answer("f-1", [fries])).version).toBe("f-1");
});

test("a search among 20,000 products takes less than 5 ms", () => {
  const words = ["Nasi", "Goreng", "Kopi", "Susu", "Ayam", "Bakar", "Teh", "Jeruk"];
  const many = Array.from({ length: 20_000 }, (_, n) =>
    product(`p${n}`, `${words[n % 8]} ${words[(n * 3) % 7]} ${n}`, { code: `SKU-${n}`, barcode: `899${n}` }),
  );
  const catalog = merge(null, answer("e-1", many));
  for (const query of ["goreng 1999", "sku-777", "kaviar"]) {
    // The machine may do something else in between: the fastest of many counts.
    const times = Array.from({ length: 20 }, () => {
      const begun = performance.now();
      search(catalog, query, null);
      return performance.now() - begun;
    });
    expect(Math.min(...times), query).toBeLessThan(5);
  }
  const found = (query: string) => search(catalog, query, null).length;
  expect([found("sku-777"), found("kaviar")]).toEqual([11, 0]);
});
