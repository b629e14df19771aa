import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addPiece, emptyCart, type OrderType } from "./cart";
import { type CatalogAnswer, find, merge, type Product } from "./catalog";
import { pieceOf } from "./choice";
import { byProduct, type Menu, minuteOf, type Price, priceAt, priced, repriced, withProducts } from "./price";

interface Case {
  name: string;
  at: string;
  order_type: OrderType;
  channel: string | null;
  product_id: string;
  variant_id: string | null;
  expected: { price: number };
}

/** The cases that the server calculates too. */
const file = JSON.parse(readFileSync("../crates/domain/golden/prices.json", "utf8")) as {
  menus: Menu[];
  products: Product[];
  prices: Price[];
  outlet_prices: Price[];
  cases: Case[];
};

test.each(file.cases)("$name", ({ at, order_type, channel, product_id, variant_id, expected }) => {
  const product = file.products.find(({ id }) => id === product_id) as Product;
  const prices = byProduct(file.prices, file.outlet_prices).get(product_id);
  const moment = { at, orderType: order_type, channel };
  expect(priceAt(product, variant_id, prices, file.menus, moment)).toBe(expected.price);
});

test("a minute is that of the shop's clock", () => {
  const at = Date.parse("2026-11-30T16:59:59.999Z");
  expect(minuteOf("Asia/Jakarta", at)).toBe("2026-11-30T23:59");
  expect(minuteOf("Asia/Makassar", at)).toBe("2026-12-01T00:59");
  expect(minuteOf("Asia/Jayapura", at)).toBe("2026-12-01T01:59");
});

const catalog = merge(null, {
  version: "0-1",
  full: true,
  categories: [],
  products: file.products.map((product) => ({
    ...product,
    name: product.id,
    modifier_groups: [],
    barcode: `b-${product.id}`,
  })),
  tenders: [],
  tables: [],
  menus: file.menus,
  prices: file.prices,
  outlet_prices: file.outlet_prices,
  settings: { zone: "Asia/Jakarta" },
} as unknown as CatalogAnswer);
const counter = { orderType: "dine_in", channel: null } as const;

test("the tiles and the codes have the prices of the moment, and other products stay the same objects", () => {
  const changed = priced(catalog, { at: "2026-12-01T15:00", ...counter });
  const now = withProducts(catalog, changed);
  expect([...changed.keys()]).toEqual(["latte", "teh"]);
  expect(now.byId.get("latte")?.price).toBe(18_000);
  expect(find(now, "b-latte")?.product.price).toBe(18_000);
  expect(now.byId.get("kopi")).toBe(catalog.byId.get("kopi"));
  const later = priced(catalog, { at: "2026-12-01T17:00", ...counter });
  expect(later.has("latte")).toBe(false);
});

test("a line has the price of its own moment when its channel changes", () => {
  const latte = withProducts(catalog, priced(catalog, { at: "2026-12-01T15:00", ...counter })).byId.get("latte");
  const piece = pieceOf(latte as Product, { variantId: null, options: {} });
  const added = "2026-12-01T08:00:00Z";
  const [line] = addPiece(emptyCart(), piece, 1, "l", added).lines;
  if (line === undefined) throw new Error("no line");
  expect(line).toMatchObject({ price: 18_000, addedAt: added });
  const platform = repriced(line, catalog, { orderType: "delivery", channel: "tender-gofood" });
  expect(platform.price).toBe(31_000);
  expect(repriced(platform, catalog, counter)).toEqual(line);
});
