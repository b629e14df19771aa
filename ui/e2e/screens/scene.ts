// A chain in the middle of its work, for pictures: a shop with two weeks of sales, and one of everything that somebody must look at.

import { eventually } from "../api";
import type { Hub, Outlet } from "../fixtures";
import { Printer } from "../printer";
import { fillRefunds } from "../refunds";
import { fillShifts } from "../shifts";

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
