// The catalog in memory: what can be sold, with what finds it. A new version replaces the old one only when it is complete.

import type { components } from "@shared/api/generated/outlet";
import { itemKey } from "./barcode";
import { byProduct, type Menu, type Price, type ProductPrices } from "./price";
import { isOlder } from "./versions";

export type CatalogAnswer = components["schemas"]["TillCatalog"];
export type Category = components["schemas"]["Category"];
export type Product = components["schemas"]["TillProduct"];
type Table = components["schemas"]["Table"];
type ChainTender = components["schemas"]["Tender"];
type Settings = components["schemas"]["ShopSettings"];
export type QrisTemplate = components["schemas"]["QrisTemplate"];

/** A product that a code belongs to, and the variant if it is the variant's code. */
export interface Coded {
  product: Product;
  variantId: string | null;
}

export interface Catalog {
  version: string;
  categories: Category[];
  /** In the sequence of the till: by category, position, name. */
  products: Product[];
  tenders: ChainTender[];
  menus: Menu[];
  chainPrices: Price[];
  outletPrices: Price[];
  tables: Table[];
  settings: Settings;
  qris: QrisTemplate | null;
  /** What changes the prices of products, by product. */
  prices: Map<string, ProductPrices>;
  byId: Map<string, Product>;
  /** Made when first called: the till can sell before it can search. */
  lookups: () => Lookups;
  hasImages: boolean;
}

interface Lookups {
  byCode: Map<string, Coded>;
  /** By the item code of the scale; null if two products have it, as neither is sold at the other's price. */
  byScaleCode: Map<string, Product | null>;
  /** What a search looks into, by the index of the product. */
  haystacks: string[];
}

/** Text as it is compared: without case and accents. */
export function plain(text: string): string {
  const lower = text.toLowerCase();
  // Most names have no accents, and looking for them costs as much as the rest of the catalog.
  if (/^[ -~]*$/.test(lower)) return lower;
  return lower.normalize("NFD").replace(/\p{M}/gu, "");
}

function update<T extends { id: string }>(known: T[], changed: T[], deleted: string[] = []): T[] {
  if (changed.length === 0 && deleted.length === 0) return known;
  const rows = new Map(known.map((row) => [row.id, row]));
  for (const row of changed) rows.set(row.id, row);
  for (const id of deleted) rows.delete(id);
  return [...rows.values()];
}

function codesOf(product: Product): [string | null | undefined, string | null][] {
  return [
    [product.barcode, null],
    ...product.variants.map((variant): [string | null | undefined, string] => [variant.barcode, variant.id]),
    [product.code, null],
    ...product.variants.map((variant): [string | null | undefined, string] => [variant.code, variant.id]),
  ];
}

function lookupsOf(products: Product[]): Lookups {
  const byCode = new Map<string, Coded>();
  const byScaleCode = new Map<string, Product | null>();
  const haystacks = products.map((product) => {
    const codes = codesOf(product);
    for (const [code, variantId] of codes) {
      if (code && !byCode.has(code)) byCode.set(code, { product, variantId });
    }
    if (product.scale_code) {
      const key = itemKey(product.scale_code);
      byScaleCode.set(key, byScaleCode.has(key) ? null : product);
    }
    return [plain(product.name), ...codes.map(([code]) => code?.toLowerCase() ?? "")].join(" ");
  });
  return { byCode, byScaleCode, haystacks };
}

type Rows = Pick<
  Catalog,
  "categories" | "products" | "tenders" | "menus" | "chainPrices" | "outletPrices" | "tables" | "settings"
> & { qris?: QrisTemplate | null };

function index(version: string, rows: Rows): Catalog {
  const categories = [...rows.categories].sort((a, b) => a.position - b.position || (a.name < b.name ? -1 : 1));
  const rank = new Map(categories.map((category, at) => [category.id, at]));
  const keyed = rows.products.map((product) => ({
    product,
    rank: rank.get(product.category_id ?? "") ?? categories.length,
    position: product.position ?? 0,
    name: plain(product.name),
  }));
  keyed.sort((a, b) => a.rank - b.rank || a.position - b.position || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const products = keyed.map(({ product }) => product);
  let lookups: Lookups | null = null;
  return {
    version,
    categories,
    products,
    tenders: rows.tenders,
    menus: rows.menus,
    chainPrices: rows.chainPrices,
    outletPrices: rows.outletPrices,
    tables: rows.tables,
    settings: rows.settings,
    qris: rows.qris ?? null,
    prices: byProduct(rows.chainPrices, rows.outletPrices),
    byId: new Map(products.map((product) => [product.id, product])),
    lookups: () => {
      lookups ??= lookupsOf(products);
      return lookups;
    },
    hasImages: products.some((product) => Boolean(product.image)),
  };
}

/** Applies an answer: all rows, or those that changed. An answer older than what is known changes nothing. */
export function merge(known: Catalog | null, answer: CatalogAnswer): Catalog {
  if (known !== null && (answer.version === known.version || isOlder(answer.version, known.version))) return known;
  const { prices: chainPrices, outlet_prices: outletPrices } = answer;
  if (known === null || answer.full) return index(answer.version, { ...answer, chainPrices, outletPrices });
  return index(answer.version, {
    categories: update(known.categories, answer.categories, answer.deleted?.categories),
    products: update(known.products, answer.products, answer.deleted?.products),
    tenders: update(known.tenders, answer.tenders, answer.deleted?.tenders),
    menus: update(known.menus, answer.menus, answer.deleted?.menus),
    chainPrices: update(known.chainPrices, chainPrices, answer.deleted?.prices),
    outletPrices: update(known.outletPrices, outletPrices, answer.deleted?.outlet_prices),
    tables: update(known.tables, answer.tables, answer.deleted?.tables),
    settings: answer.settings ?? known.settings,
    qris: answer.qris ?? null,
  });
}

/** Products with every word of the query in their name, code or barcode; without a query those of the category. */
export function search(catalog: Catalog, query: string, categoryId: string | null): Product[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    if (categoryId === null) return catalog.products;
    return catalog.products.filter((product) => product.category_id === categoryId);
  }
  const { haystacks } = catalog.lookups();
  return catalog.products.filter((_, at) => words.every((word) => haystacks[at]?.includes(word)));
}

/** The product with an item code of the scale; null if there is none, or two. */
export function findByScaleCode(catalog: Catalog, item: string): Product | null {
  const found = catalog.lookups().byScaleCode.get(itemKey(item)) ?? null;
  return found === null ? null : (catalog.byId.get(found.id) ?? found);
}

/** The product of a scanned code. A UPC code is also an EAN code with a zero in front. */
export function find(catalog: Catalog, code: string): Coded | null {
  const { byCode } = catalog.lookups();
  const others = code.startsWith("0") ? [code.slice(1)] : [`0${code}`];
  for (const one of [code, ...others]) {
    const found = byCode.get(one);
    // The lookups are those of the catalog; its products may have the prices of a moment.
    if (found !== undefined) return { ...found, product: catalog.byId.get(found.product.id) ?? found.product };
  }
  return null;
}
