import { expect, test } from "vitest";
import type { Quote } from "../api/orders";
import { emptyCart } from "../state/cart";
import type { Done } from "../state/carts";
import { viewOf } from "./publisher";

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

test("the guest sees the cart with its total, and the code of the payment", () => {
  const code = { payload: "0002", amount: 40_000, merchant: "WARUNG" };
  expect(viewOf({ current: cart, done: null }, quote, code)).toEqual({
    lines: [{ name: "Kopi Susu", detail: "Dingin · tanpa gula", qty: "2", amount: 36_000 }],
    discount: 1_000,
    charges: 5_000,
    total: 40_000,
    qris: code,
  });
});

test("while the total is calculated it is left out", () => {
  expect(viewOf({ current: cart, done: null }, null, null).total).toBeUndefined();
});

test("after the sale the guest sees the change until the next one begins", () => {
  expect(viewOf({ current: emptyCart(), done }, null, null)).toEqual({ total: 40_000, change: 10_000 });
  expect(viewOf({ current: cart, done }, quote, null).lines).toHaveLength(1);
  expect(viewOf({ current: emptyCart(), done: { ...done, status: "open" } }, null, null)).toEqual({});
});
