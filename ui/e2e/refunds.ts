// Paid orders, and what was given back of them.

import type { Outlet } from "./fixtures";
import type { Order, Refund } from "./till";

type Item = [product: string, qty: number];

/** An order that was paid by one method. */
export async function paidOrder(outlet: Outlet, items: Item[], method = "cash"): Promise<Order> {
  const lines = items.map(([name, qty]) => ({ product_id: outlet.cafe.products[name], qty }));
  const { total } = await outlet.api.post<{ total: number }>("/api/v1/orders/quote", { lines });
  return outlet.api.post<Order>("/api/v1/orders", { lines, payments: [{ method, amount: total }] });
}

/** Gives back, as somebody at another till does. */
export const giveBack = (outlet: Outlet, order: Order, body: object) =>
  outlet.api.post<Refund>(`/api/v1/orders/${order.id}/refunds`, { reason: "Salah pesan", ...body });

export interface Refunds {
  /** One of three soups, in cash: Rp 32.340. */
  goods: Refund;
  goodsOf: Order;
  /** Rp 10.000 by QRIS, without goods. */
  amount: Refund;
  amountOf: Order;
}

/** A day with refunds, a void, a discount, and a closed shift that is short. */
export async function fillRefunds(outlet: Outlet): Promise<Refunds> {
  const goodsOf = await paidOrder(outlet, [
    ["Soto Ayam", 3],
    ["Es Teh Manis", 1],
  ]);
  const amountOf = await paidOrder(outlet, [["Espresso", 2]], "qris");
  await paidOrder(outlet, [["Nasi Goreng Kampung", 1]], "card");
  const line_id = goodsOf.lines[0]?.id;
  const goods = await giveBack(outlet, goodsOf, { lines: [{ line_id, qty: 1, restock: true }] });
  const amount = await giveBack(outlet, amountOf, { amount: 10_000, reason: "Pesanan datang terlambat" });
  const lines = [{ product_id: outlet.cafe.products.Espresso, qty: 1 }];
  const open = await outlet.api.post<Order>("/api/v1/orders", { lines });
  await outlet.api.post(`/api/v1/orders/${open.id}/void`, { reason: "Tamu batal" });
  const other = await outlet.api.post<Order>("/api/v1/orders", { lines });
  const discount = { kind: "percent", rate_bp: 1_000, reason: "Pelanggan tetap" };
  const discounted = await outlet.api.post<Order>(`/api/v1/orders/${other.id}/discounts`, discount);
  await outlet.api.post(`/api/v1/orders/${other.id}/payments`, { method: "cash", amount: discounted.total });
  const drawer = await outlet.api.post<{ id: string }>("/api/v1/drawers", { name: "Laci bar" });
  const shift = await outlet.api.post<{ id: string }>("/api/v1/shifts", { drawer_id: drawer.id, opening: 200_000 });
  await outlet.api.post(`/api/v1/shifts/${shift.id}/close`, { counted: 198_500 });
  return { goods, goodsOf, amount, amountOf };
}
