import { expect, test } from "vitest";
import type { Order, Quote } from "../api/orders";
import { emptyCart } from "../state/cart";
import type { Done } from "../state/carts";
import { NO_ROUNDING } from "../state/tender";
import { type Shown, viewOf } from "./publisher";

const line = {
  id: "1",
  productId: "p",
  name: "Kopi Susu",
  price: 18_000,
  qty: 2,
  variantId: null,
  variantName: "Dingin",
  modifiers: [],
  note: "tanpa gula",
};
const cart = { ...emptyCart(), lines: [line as never] };
const quote = { discount: 1_000, service: 2_000, tax: 3_000, total: 40_000 } as Quote;
const done = { status: "paid", total: 40_000, change: 10_000 } as Done;
const idle: Shown = {
  carts: { current: emptyCart(), done: null },
  quote: null,
  rounding: NO_ROUNDING,
  order: null,
  code: null,
};
const selling: Shown = { ...idle, carts: { current: cart, done: null }, quote };

const order = {
  status: "open",
  lines: [
    { name: "Soto Ayam", modifiers: [], note: null, qty: 3, qty_scale: 0, amount: 84_000 },
    { name: "Salmon", variant_name: "Fillet", modifiers: [], qty: 1_237, qty_scale: 3, unit: "kg", amount: 500_000 },
    { name: "Es Teh", modifiers: [], qty: 1, qty_scale: 0, amount: 0, void_kind: "before" },
  ],
  discount: 4_000,
  service: 10_000,
  tax: 20_000,
  total: 610_000,
  paid: 200_000,
} as unknown as Order;

test("the guest sees the cart with its total, and the code of the payment", () => {
  const code = { payload: "0002", amount: 40_000, merchant: "WARUNG", nmid: "ID1" };
  expect(viewOf({ ...selling, code })).toEqual({
    lines: [{ name: "Kopi Susu", detail: "Dingin · tanpa gula", qty: "2", amount: 36_000 }],
    discount: 1_000,
    charges: 5_000,
    total: 40_000,
    due: 40_000,
    qris: code,
  });
});

test("what was taken for the cart is taken off what is due", () => {
  const paying = { ...cart, tenders: [{ method: "card" as const, amount: 15_000 }] };
  expect(viewOf({ ...selling, carts: { current: paying, done: null } })).toMatchObject({ total: 40_000, due: 25_000 });
});

test("while the total is calculated it is left out", () => {
  expect(viewOf({ ...selling, quote: null }).total).toBeUndefined();
});

test("an order that is being paid is shown before the cart, with what is still due", () => {
  const code = { payload: "0002", amount: 410_000, merchant: "WARUNG", nmid: "ID1" };
  expect(viewOf({ ...selling, order, code })).toEqual({
    lines: [
      { name: "Soto Ayam", qty: "3", amount: 84_000 },
      { name: "Salmon", detail: "Fillet", qty: "1,237\u00a0kg", amount: 500_000 },
    ],
    discount: 4_000,
    charges: 30_000,
    total: 610_000,
    due: 410_000,
    qris: code,
  });
  expect(viewOf({ ...idle, carts: { current: emptyCart(), done }, order: { ...order, status: "paid" } })).toEqual({
    total: 40_000,
    change: 10_000,
  });
});

test("after the sale the guest sees the change until the next one begins", () => {
  expect(viewOf({ ...idle, carts: { current: emptyCart(), done } })).toEqual({ total: 40_000, change: 10_000 });
  expect(viewOf({ ...selling, carts: { current: cart, done } }).lines).toHaveLength(1);
  expect(viewOf({ ...idle, carts: { current: emptyCart(), done: { ...done, status: "open" } } })).toEqual({});
});
