import { beforeEach, expect, test, vi } from "vitest";
import { addPiece, type Piece, pieces } from "./cart";
import {
  addTo,
  beginAt,
  type Carts,
  change,
  clear,
  type Done,
  detach,
  drop,
  emptyCarts,
  finish,
  hold,
  type OpenOrder,
  resume,
  undo,
} from "./carts";

const tea: Piece = {
  productId: "tea",
  name: "Teh",
  variantId: null,
  variantName: null,
  modifiers: [],
  price: 8_000,
  note: "",
};
const withTea = (carts: Carts) => change(carts, (cart) => addPiece(cart, tea));
const done: Done = {
  orderId: "1",
  number: "JKT-1",
  status: "paid",
  total: 8_000,
  rounding: 0,
  change: 0,
  tendered: [],
  table: null,
  queue: null,
  repeated: false,
};

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
});

test("U22 a cleared cart comes back, with its id", () => {
  const filled = withTea(emptyCarts());
  const cleared = clear(filled, 1);
  expect(pieces(cleared.current)).toBe(0);
  expect(undo(cleared).current).toEqual(filled.current);
  expect(undo(withTea(cleared)).current).not.toEqual(filled.current);
});

test("held carts come back one by one, and nothing is lost on the way", () => {
  const first = hold(withTea(emptyCarts()), 1);
  const second = withTea(withTea(first));
  const id = first.held[0]?.cart.id ?? "";
  const resumed = resume(second, id, 2);
  expect(resumed.current.id).toBe(id);
  expect(resumed.held.map(({ cart }) => pieces(cart))).toEqual([2]);
  expect(hold(emptyCarts(), 1).held).toEqual([]);
});

test("U22 a held cart that was thrown away comes back, whether the till is free or not", () => {
  const held = hold(withTea(emptyCarts()), 1);
  const id = held.held[0]?.cart.id ?? "";
  expect(undo(drop(held, id, 2)).current.id).toBe(id);
  const busy = { ...drop(held, id, 2), current: withTea(emptyCarts()).current };
  expect(undo(busy).held[0]?.cart.id).toBe(id);
});

test("U2 a finished cart is gone, wherever it is", () => {
  const filled = withTea(emptyCarts());
  expect(finish(filled, filled.current.id, done).current.lines).toEqual([]);
  const held = hold(filled, 1);
  expect(finish(held, filled.current.id, done).held).toEqual([]);
});

test("the next product begins the next sale", () => {
  const finished = finish(withTea(emptyCarts()), "other", done);
  expect(withTea(finished).done).toBeNull();
});

const order: OpenOrder = { orderId: "7", number: "JKT-7", orderType: "take_away", table: "2", customer: null };

test("products for an open order get a cart of their own; the other one goes on hold", () => {
  const adding = withTea(addTo(withTea(emptyCarts()), order, 1));
  expect(adding.current).toMatchObject({
    target: { orderId: "7", number: "JKT-7" },
    orderType: "take_away",
    table: "2",
  });
  expect(pieces(adding.current)).toBe(1);
  expect(adding.held.map(({ cart }) => cart.target)).toEqual([null]);
});

test("a cart that was begun for an open order goes on, also from hold", () => {
  const adding = withTea(addTo(emptyCarts(), order, 1));
  expect(addTo(adding, order, 2).current).toEqual(adding.current);
  const other = addTo(adding, { ...order, orderId: "8" }, 2);
  expect(other.held.map(({ cart }) => cart.id)).toEqual([adding.current.id]);
  const back = addTo(other, order, 3);
  expect(back.current).toEqual(adding.current);
  expect(back.held).toEqual([]);
});

test("a cart for an open order becomes a sale of its own, and no sale at a table takes it along", () => {
  const adding = withTea(addTo(emptyCarts(), order, 1));
  expect(detach(adding).current).toEqual({ ...adding.current, target: null });
  const begun = beginAt(adding, "3", 2);
  expect(begun.current).toMatchObject({ target: null, table: "3", lines: [] });
  expect(begun.held.map(({ cart }) => cart.id)).toEqual([adding.current.id]);
  const plain = withTea(emptyCarts());
  expect(beginAt(plain, "3", 2).current).toMatchObject({ id: plain.current.id, table: "3" });
});

test("U25 a reload has the cart, line by line", async () => {
  const before = await import("./carts");
  before.carts.update((carts) => before.hold(withTea(carts), 5));
  before.carts.update((carts) => withTea(withTea(carts)));
  const wanted = before.carts.get();
  vi.resetModules();
  const after = await import("./carts");
  expect(after.carts).not.toBe(before.carts);
  expect(after.carts.get()).toEqual(wanted);
});

test("U33 an unreadable cart is set aside, and the till starts", async () => {
  localStorage.setItem("gerai.till.carts", '{"current": 7');
  const { carts } = await import("./carts");
  expect(carts.get().current.lines).toEqual([]);
  expect(localStorage.getItem("gerai.till.carts.unreadable")).toBe('{"current": 7');
});
