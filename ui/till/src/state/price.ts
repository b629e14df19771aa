// The price of a product at a moment: the same rules as `crates/domain/src/pricing.rs`. Both calculate the cases of
// `crates/domain/golden/prices.json`. The server decides, this shows beforehand what it will decide.

import type { components } from "@shared/api/generated/outlet";
import { read, sold } from "./barcode";
import type { CartLine, OrderType } from "./cart";
import type { Catalog, Product } from "./catalog";
import { now } from "./server-time";

export type Menu = components["schemas"]["Menu"];
export type Price = components["schemas"]["Price"];

/** What decides a price besides the product. */
export interface Moment {
  /** The minute of the shop's clock, `2026-12-01T17:00`. */
  at: string;
  orderType: OrderType;
  /** The tender of the delivery platform; null: the shop's own counter. */
  channel: string | null;
}

/** The prices of a product and its variants. */
export interface ProductPrices {
  chain: Price[];
  outlet: Price[];
}

const OWN = "own";
const TYPES = ["dine_in", "take_away", "delivery"];

const formats = new Map<string, Intl.DateTimeFormat>();

/** The minute of the shop's clock at a time in milliseconds. */
export function minuteOf(zone: string, at: number): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    formats.set(zone, format);
  }
  return format.format(at).replace(" ", "T");
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The date on which the hours that contain this minute began; null outside of the hours. */
function begin({ from_minute: from, to_minute: to }: Menu, at: string): string | null {
  const today = at.slice(0, 10);
  if (from == null || to == null) return today;
  const minute = Number(at.slice(11, 13)) * 60 + Number(at.slice(14));
  if (from < to) return minute >= from && minute < to ? today : null;
  if (minute >= from) return today;
  return minute < to ? dayBefore(today) : null;
}

function isServed(menu: Menu, { at, orderType, channel }: Moment): boolean {
  const date = begin(menu, at);
  if (date === null || !(menu.outlet_active ?? menu.active)) return false;
  // A menu that names only ways of a later version decides nothing.
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
  return (
    (menu.order_types.length === 0 || (menu.order_types.includes(orderType) && TYPES.includes(orderType))) &&
    (menu.channels.length === 0 || menu.channels.includes(channel ?? OWN)) &&
    (menu.weekdays.length === 0 || menu.weekdays.includes(weekday)) &&
    (menu.valid_from == null || menu.valid_from <= date) &&
    (menu.valid_to == null || date <= menu.valid_to)
  );
}

/** Whether the first is the later price: by its minute, then by its id. */
function isLater(one: Price, other: Price): boolean {
  const [a, b] = [one.valid_from ?? "", other.valid_from ?? ""];
  return a === b ? one.id > other.id : a > b;
}

/** The latest price of a menu, or outside of menus, that has come. */
function standing(prices: Price[], variantId: string | null, menuId: string | null, at: string): Price | null {
  let found: Price | null = null;
  for (const price of prices) {
    const isOf = (price.variant_id ?? null) === variantId && (price.menu_id ?? null) === menuId;
    if (isOf && (price.valid_from ?? "") <= at && (found === null || isLater(price, found))) found = price;
  }
  return found;
}

/** The price of a product or variant: of the served menus the highest priority, then the shop's, then the chain's. */
export function priceAt(
  product: Pick<Product, "price" | "outlet_price" | "variants">,
  variantId: string | null,
  prices: ProductPrices | undefined,
  menus: Menu[],
  moment: Moment,
): number {
  const variant = product.variants.find(({ id }) => id === variantId);
  const own = variant === undefined ? (product.outlet_price ?? null) : null;
  const base = variant?.price ?? product.price;
  if (prices === undefined) return own ?? base;
  let best: { menu: Menu; price: Price } | null = null;
  for (const menu of menus) {
    const isBetter =
      best === null ||
      menu.priority > best.menu.priority ||
      (menu.priority === best.menu.priority && menu.id > best.menu.id);
    if (!isBetter || !isServed(menu, moment)) continue;
    const price = standing(prices.chain, variantId, menu.id, moment.at);
    if (price !== null) best = { menu, price };
  }
  if (best !== null) return best.price.price;
  const ofOutlet = standing(prices.outlet, variantId, null, moment.at);
  return ofOutlet?.price ?? own ?? standing(prices.chain, variantId, null, moment.at)?.price ?? base;
}

/** The prices of each product that has any besides its own. */
export function byProduct(chain: Price[], outlet: Price[]): Map<string, ProductPrices> {
  const found = new Map<string, ProductPrices>();
  const of = (id: string) => {
    const known = found.get(id) ?? { chain: [], outlet: [] };
    found.set(id, known);
    return known;
  };
  for (const price of chain) of(price.product_id).chain.push(price);
  for (const price of outlet) of(price.product_id).outlet.push(price);
  return found;
}

/** The products whose price at this moment is another one than the catalog's, with that price. */
export function priced(catalog: Catalog, moment: Moment): Map<string, Product> {
  const changed = new Map<string, Product>();
  for (const [id, prices] of catalog.prices) {
    const product = catalog.byId.get(id);
    if (product === undefined) continue;
    const of = (variantId: string | null) => priceAt(product, variantId, prices, catalog.menus, moment);
    const price = of(null);
    const variants = product.variants.map((variant) => ({ ...variant, price: of(variant.id) }));
    const isSame = variants.every((variant, at) => variant.price === product.variants[at]?.price);
    if (price !== product.price || !isSame) changed.set(id, { ...product, price, variants });
  }
  return changed;
}

/** The catalog with these products in their places. */
export function withProducts(catalog: Catalog, changed: Map<string, Product>): Catalog {
  if (changed.size === 0) return catalog;
  const now = (product: Product) => changed.get(product.id) ?? product;
  return {
    ...catalog,
    products: catalog.products.map(now),
    byId: new Map([...catalog.byId, ...changed]),
  };
}

/** The line at the price of its own moment, for another way of receiving the order: nothing has been sold yet. */
export function repriced(line: CartLine, catalog: Catalog, way: Pick<Moment, "orderType" | "channel">): CartLine {
  const product = catalog.byId.get(line.productId);
  if (product === undefined) return line;
  const added = line.addedAt === undefined ? now() : Date.parse(line.addedAt);
  const moment = { ...way, at: minuteOf(catalog.settings.zone, added) };
  const piece = priceAt(product, line.variantId, catalog.prices.get(product.id), catalog.menus, moment);
  const price = line.modifiers.reduce((sum, { price, qty }) => sum + price * qty, piece);
  const code = line.scanned && read(catalog.settings.barcode_patterns ?? [], line.scanned.code);
  const sale = code && sold(code, price, product.qty_scale);
  if (!line.scanned || !sale || typeof sale === "string") return { ...line, price };
  return { ...line, price, qty: sale.qty, scanned: { ...line.scanned, amount: sale.amount } };
}
