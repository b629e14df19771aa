// A chain in the middle of its work, for pictures: a shop with two weeks of sales, and one of everything that somebody must look at.

import { eventually } from "../api";
import { LATTE } from "../cafe";
import type { Hub, Outlet } from "../fixtures";
import { Printer } from "../printer";
import { fillRefunds } from "../refunds";
import { fillShifts } from "../shifts";
import { setShop } from "../till";

export interface Scene {
  outletId: string;
  /** A product with everything, at both ends. */
  productId: string;
  /** An order that head office has. */
  orderId: string;
  /** A refund of goods, and its order. */
  refundId: string;
  refundedId: string;
  /** A closed shift that is short, and one still open. */
  shiftId: string;
  openShiftId: string;
}

interface Created {
  id: string;
}

const DAYS = 14;
const METHODS = ["cash", "qris", "cash", "card", "cash", "ewallet"];

/** Sells while head office is away, and then spreads the sales over the days before: the API sells today only. */
async function sell(outlet: Outlet): Promise<string[]> {
  const {
    Espresso,
    Americano,
    Cappuccino,
    "Soto Ayam": soto,
    "Teh Tarik": teh,
    "Roti Bakar": roti,
  } = outlet.cafe.products;
  const ids: string[] = [];
  for (let at = 0; at < 3 * DAYS; at++) {
    const lines = [
      { product_id: [Espresso, Americano, soto, Cappuccino][at % 4], qty: 1 + (at % 3) },
      { product_id: [teh, roti, soto][at % 3], qty: 1 + (at % 2) },
    ];
    const payments = [{ method: METHODS[at % METHODS.length], amount: 500_000 }];
    if (payments[0]?.method !== "cash") {
      const { total } = await outlet.api.post<{ total: number }>("/api/v1/orders/quote", { lines });
      payments[0] = { method: METHODS[at % METHODS.length], amount: total };
    }
    ids.push((await outlet.api.post<Created>("/api/v1/orders", { lines, payments })).id);
  }
  const earlier = (column: string, days: number, hours: number) =>
    `${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '-${days} days', '-${hours} hours')`;
  const moved = ids.map((id, at) => {
    const [days, hours] = [at % DAYS, Math.floor(at / DAYS)];
    if (days === 0) return "";
    return `
      update payments set business_date = date(business_date, '-${days} days') where order_id = '${id}';
      update orders set ${earlier("created_at", days, hours)}, ${earlier("paid_at", days, hours)},
        order_number = replace(order_number, replace(business_date, '-', ''), replace(date(business_date, '-${days} days'), '-', '')),
        business_date = date(business_date, '-${days} days'), paid_date = date(paid_date, '-${days} days')
        where id = '${id}';`;
  });
  outlet.folder.sql("pos.db", `begin immediate; ${moved.join("")} commit`);
  return ids;
}

/** Another outlet of the chain, last heard so long ago. */
async function another(hub: Hub, code: string, name: string, ago: string): Promise<void> {
  await hub.api.post("/v1/hq/outlets", { code, name });
  hub.folder.sql(
    "hub.db",
    `update outlets set enrolled_epoch_id = 'e', app_version = '0.1.0', reported_pending = 4,
       last_contact_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${ago}') where code = '${code}'`,
  );
}

/** Fills both sides. */
export async function fillChain({ hub, outlet }: { hub: Hub; outlet: Outlet }): Promise<Scene> {
  const found = async (path: string) => (await hub.api.get<Created[]>(path)).length;
  const [linked] = await hub.api.get<Created[]>("/v1/hq/outlets");
  const customer = await outlet.api.post<Created>("/api/v1/customers", { name: "Bu Rina", phone: "0811 2345 678" });
  await outlet.api.post("/api/v1/customers", { name: "Pak Hendra", phone: "0813 9876 543" });
  await outlet.api.post("/api/v1/devices/pairing-codes", { name: "Kasir depan" }).then(async (made) => {
    const data = { code: (made as { code: string }).code };
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(data);
    await fetch(`${outlet.server.url}/api/v1/devices/pair`, { method: "POST", headers, body });
  });
  await eventually("the customers are at the hub", async () => (await found("/v1/hq/customers")) === 2);
  await hub.server.kill();
  const orders = await sell(outlet);
  await hub.restart();
  await outlet.api.post("/api/v1/sync/trigger");
  const arrived = async () => (await found("/v1/hq/orders?limit=100")) === orders.length;
  await eventually("the sales are at the hub", arrived, 60_000);

  // A day of work, with all that is checked at its end.
  const { short, open } = await fillShifts(outlet.api);
  const { goods, goodsOf } = await fillRefunds(outlet);
  const checked = async () => (await found("/v1/hq/refunds")) === 2 && (await found("/v1/hq/shifts")) === 4;
  await eventually("refunds and shifts are at the hub", checked, 60_000);

  // What head office has changed meanwhile.
  await hub.api.post("/v1/hq/announcements", {
    title: "Libur bersama",
    body: "Tutup hari Jumat. Buka lagi Sabtu pukul 09.00.",
    outlet_ids: "all",
  });
  await another(hub, "BDG-001", "Kedai Braga", "-3 days");
  await another(hub, "SBY-001", "Kedai Darmo", "-1 minute");
  await hub.api.post("/v1/hq/outlets", { code: "DPS-001", name: "Kedai Sanur" });

  // A field that both sides have changed.
  await outlet.server.kill();
  await hub.api.call("PATCH", `/v1/hq/customers/${customer.id}`, { phone: "0811 2345 679" });
  outlet.folder.sql("pos.db", `update customers set phone = '0811 2345 677' where id = '${customer.id}'`);
  await outlet.restart();
  await eventually("the conflict is at the hub", async () => (await found("/v1/hq/conflicts")) === 1, 60_000);

  // A change that the outlet cannot apply, an order whose parts do not add up, and one that is gone.
  outlet.folder.sql(
    "pos.db",
    "create trigger no_dear before update on products when new.price > 90000 begin select raise(abort, 'too dear'); end",
  );
  await hub.api.call("PATCH", `/v1/hq/products/${outlet.cafe.products["Lemon Tea"]}`, { price: 99_000 });
  outlet.folder.sql("pos.db", `update order_lines set amount = amount + 5 where order_id = '${orders[1]}'`);
  outlet.folder.sql("pos.db", `delete from orders where id = '${orders[2]}'`);
  await outlet.api.post("/api/v1/sync/trigger");
  const all = async () => {
    const [letters, reported] = [await found("/v1/hq/quarantine"), await found("/v1/hq/quarantine/outlets")];
    return letters > 0 && reported > 0 && (await outlet.api.get<unknown[]>("/api/v1/sync/unapplied")).length > 0;
  };
  await eventually("what is held is known at both ends", all, 60_000);
  for (const table of ["1", "3"]) {
    const lines = [{ product_id: outlet.cafe.products["Soto Ayam"], qty: 2 }];
    await outlet.api.post("/api/v1/orders", { table_number: table, lines });
  }
  return {
    outletId: linked?.id as string,
    productId: outlet.cafe.products["Caffè Latte"] as string,
    orderId: orders[0] as string,
    refundId: goods.id,
    refundedId: goodsOf.id,
    shiftId: short,
    openShiftId: open,
  };
}

/** A printer that works, and one that cannot be reached. Returns when both have been tried. */
export async function fillPrinters(outlet: Outlet, printer: Printer): Promise<void> {
  const gone = await Printer.start();
  const { port } = gone;
  await gone[Symbol.asyncDispose]();
  const add = (body: object) => outlet.api.post<Created>("/api/v1/printers", { address: "127.0.0.1", ...body });
  const { id } = await add({ name: "Kasir", kind: "receipt", port: printer.port });
  const kitchen = await add({ name: "Dapur", kind: "kitchen", port });
  await outlet.api.post(`/api/v1/printers/${id}/test`);
  await outlet.api.post(`/api/v1/printers/${kitchen.id}/test`);
  const isAlarm = async () => (await outlet.api.get<{ alarms: unknown[] }>("/api/v1/status")).alarms.length > 0;
  await eventually("the printer that is gone is an alarm", isAlarm, 60_000);
}

/** Menus of some hours and of a platform, and planned prices, which both sides have. */
export async function fillPrices({ hub, outlet }: { hub: Hub; outlet: Outlet }): Promise<void> {
  const { api } = hub;
  const { Espresso, Americano, Cappuccino, "Soto Ayam": soto, "Nasi Goreng Kampung": nasi } = outlet.cafe.products;
  const latte = outlet.cafe.products[LATTE];
  const known = async () => (await api.get<Created[]>("/v1/hq/products?limit=500")).length >= 14;
  await eventually("the products are at the hub", known);
  const gofood = await api.post<Created>("/v1/hq/tenders", { name: "GoFood", method: "other", special: "platform" });
  const menu = async (body: object, prices: [id: string | undefined, price: number][]) => {
    const { id } = await api.post<Created>("/v1/hq/menus", body);
    await api.call("PUT", `/v1/hq/menus/${id}/outlets`, { outlet_ids: "all" });
    const rows = prices.map(([product_id, price]) => ({ product_id, price }));
    await api.call("PATCH", `/v1/hq/menus/${id}/prices`, { prices: rows });
  };
  const weekdays = [1, 2, 3, 4, 5];
  const happy = { name: "Happy hour", weekdays, from_minute: 900, to_minute: 1_020, order_types: ["dine_in"] };
  await menu({ ...happy, priority: 10 }, [
    [Espresso, 12_000],
    [Americano, 15_000],
    [Cappuccino, 20_000],
  ]);
  await menu({ name: "Sarapan", from_minute: 360, to_minute: 600 }, [[nasi, 25_000]]);
  await menu({ name: "GoFood", channels: [gofood.id] }, [
    [Espresso, 20_000],
    [Americano, 25_000],
    [nasi, 40_000],
    [soto, 35_000],
  ]);
  const [linked] = await api.get<Created[]>("/v1/hq/outlets");
  const plan = (valid_from: string, outlet_ids: unknown, prices: object[]) =>
    api.post("/v1/hq/price-changes", { valid_from, outlet_ids, prices });
  await plan("2027-01-01T06:00", "all", [
    { product_id: soto, price: 30_000 },
    { product_id: nasi, price: 35_000 },
    { product_id: latte, variant_id: "l", price: 36_000 },
  ]);
  await plan("2026-11-01T06:00", [linked?.id], [{ product_id: Americano, price: 21_000 }]);
  const arrived = async () => (await outlet.api.get<unknown[]>("/api/v1/menus")).length === 3;
  await eventually("the outlet has the menus", arrived, 60_000);
  const received = async () =>
    (await api.get<{ received: number }[]>("/v1/hq/price-changes")).every((change) => change.received > 0);
  await eventually("the outlet has the planned prices", received, 60_000);
}

/** A plan of two areas: some tables are free, some taken, and at one the bill is printed. */
export async function fillFloor(outlet: Outlet, printer: Printer): Promise<void> {
  for (const name of ["T1", "T2", "T3"]) await outlet.api.post("/api/v1/tables", { name, area: "Teras", seats: 2 });
  const places: Record<string, [x: number, y: number, width: number, height: number, shape: string]> = {
    "1": [0, 0, 4, 4, "square"],
    "2": [7, 0, 4, 4, "round"],
    "3": [0, 7, 11, 4, "square"],
    "4": [14, 3, 5, 5, "round"],
    T1: [0, 0, 3, 3, "round"],
    T2: [5, 0, 3, 3, "round"],
  };
  const tables = await outlet.api.get<{ id: string; name: string; area: string; seats: number }[]>("/api/v1/tables");
  for (const { id, name, area, seats } of tables) {
    const place = places[name];
    if (place === undefined) continue;
    const [plan_x, plan_y, plan_w, plan_h, plan_shape] = place;
    const body = { name, area, seats, active: true, plan_x, plan_y, plan_w, plan_h, plan_shape };
    await outlet.api.call("PUT", `/api/v1/tables/${id}`, body);
  }
  await outlet.api.post("/api/v1/printers", {
    name: "Kasir",
    kind: "receipt",
    address: "127.0.0.1",
    port: printer.port,
  });
  const seat = (table_number: string, product: string, qty: number) =>
    outlet.api.post<Created>("/api/v1/orders", {
      table_number,
      lines: [{ product_id: outlet.cafe.products[product], qty }],
    });
  await seat("1", "Soto Ayam", 2);
  const { id } = await seat("3", "Nasi Goreng Kampung", 4);
  await outlet.api.post(`/api/v1/orders/${id}/print`, { kind: "bill" });
  await seat("T1", "Espresso", 2);
  const ago = "strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-' || (12 * rowid) || ' minutes')";
  outlet.folder.sql("pos.db", `update orders set created_at = ${ago}`);
}

/** Goods sold by weight, whose labels the settings know. */
export async function fillScale(outlet: Outlet): Promise<string> {
  await setShop(outlet, {
    barcode_patterns: [{ pattern: "21IIIIIPPPPPC" }, { pattern: "23IIIIIWWWWWC" }],
  });
  const category = await outlet.api.post<Created>("/api/v1/categories", { name: "Kiloan", position: 9 });
  const weighed = { unit: "kg", qty_scale: 3, category_id: category.id };
  const add = (name: string, price: number, scale_code: string) =>
    outlet.api.post<Created>("/api/v1/products", { name, price, scale_code, ...weighed });
  await add("Biji Kopi Gayo", 240_000, "00122");
  const { id } = await add("Biji Kopi Kintamani", 320_000, "00123");
  await add("Keripik Pisang", 85_000, "00124");
  return id;
}
