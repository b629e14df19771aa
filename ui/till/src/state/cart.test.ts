import fc from "fast-check";
import { expect, test } from "vitest";
import {
  acceptPrices,
  addPiece,
  type Cart,
  changeLine,
  changeQty,
  emptyCart,
  isCart,
  linesTotal,
  MAX_QTY,
  orderOf,
  type Piece,
  pieces,
  setQty,
} from "./cart";

const tea: Piece = {
  productId: "tea",
  name: "Teh",
  variantId: null,
  variantName: null,
  modifiers: [],
  price: 8_000,
  note: "",
};
const milk = { id: "milk", group: "Susu", name: "Oat", price: 4_000, qty: 1 };

test("U26 tea, then tea with milk are two lines", () => {
  const cart = addPiece(addPiece(emptyCart(), tea), { ...tea, modifiers: [milk], price: 12_000 });
  expect(cart.lines).toHaveLength(2);
  expect(linesTotal(cart)).toBe(20_000);
});

test("U26 lines merge only if variant, choices, note and price are equal", () => {
  const once = addPiece(emptyCart(), tea);
  expect(addPiece(once, tea).lines).toHaveLength(1);
  const others: Partial<Piece>[] = [{ variantId: "large" }, { modifiers: [milk] }, { note: "es" }, { price: 9_000 }];
  for (const other of others) expect(addPiece(once, { ...tea, ...other }).lines).toHaveLength(2);
});

test("U26 the sequence of choices does not matter, their number does", () => {
  const shot = { ...milk, id: "shot" };
  const once = addPiece(emptyCart(), { ...tea, modifiers: [milk, shot] });
  expect(addPiece(once, { ...tea, modifiers: [shot, milk] }).lines).toHaveLength(1);
  expect(addPiece(once, { ...tea, modifiers: [shot, { ...milk, qty: 2 }] }).lines).toHaveLength(2);
});

test("U26 changing the quantity keeps the price", () => {
  const cart = addPiece(emptyCart(), tea);
  const line = cart.lines[0]?.id ?? "";
  expect(setQty(cart, line, 7).lines[0]).toMatchObject({ qty: 7, price: 8_000 });
  expect(setQty(cart, line, 0).lines).toHaveLength(0);
  expect(setQty(cart, line, 1_000_000).lines[0]?.qty).toBe(MAX_QTY);
});

test("a changed line merges with the line that it now equals", () => {
  const cart = addPiece(addPiece(emptyCart(), tea, 2), { ...tea, note: "tanpa gula" });
  const changed = changeLine(cart, cart.lines[1]?.id ?? "", tea, 1);
  expect(changed.lines).toHaveLength(1);
  expect(changed.lines[0]?.qty).toBe(3);
});

test("the number of pieces and the total never depend on how pieces were added", () => {
  const taps = fc.array(fc.record({ note: fc.constantFrom("", "es"), price: fc.constantFrom(8_000, 9_000) }));
  fc.assert(
    fc.property(taps, (list) => {
      const cart = list.reduce((sum, tap) => addPiece(sum, { ...tea, ...tap }), emptyCart());
      expect(pieces(cart)).toBe(list.length);
      expect(linesTotal(cart)).toBe(list.reduce((sum, tap) => sum + tap.price, 0));
    }),
  );
});

test("U29 a line keeps its price until somebody accepts the new one", () => {
  const cart = addPiece(emptyCart(), tea, 2);
  expect(acceptPrices(cart, [10_000]).lines[0]).toMatchObject({ price: 10_000, qty: 2 });
});

test("more pieces at another price are a line of their own, fewer keep the price", () => {
  const cart = addPiece(emptyCart(), tea, 2);
  const [line] = cart.lines as [Cart["lines"][number]];
  const now = { ...tea, price: 10_000, note: "es" };
  expect(changeQty(cart, line, now, 5).lines).toMatchObject([
    { qty: 2, price: 8_000, note: "es" },
    { qty: 3, price: 10_000, note: "es" },
  ]);
  expect(changeQty(cart, line, now, 1).lines).toMatchObject([{ qty: 1, price: 8_000 }]);
  expect(changeQty(cart, line, { ...now, price: 8_000 }, 5).lines).toMatchObject([{ qty: 5, price: 8_000 }]);
  // A barcode has its amount, whatever a piece costs now.
  const scanned = { ...line, scanned: { code: "2", amount: 5_000 } };
  expect(changeQty({ ...cart, lines: [scanned] }, scanned, now, 5).lines).toMatchObject([{ qty: 5, price: 8_000 }]);
});

const ADDED = "2026-12-01T09:59:00.000Z";

test("a line keeps its moment until it has other choices", () => {
  const [line] = addPiece(emptyCart(), tea, 1, "l", ADDED).lines;
  const cart = { ...emptyCart(), lines: line === undefined ? [] : [line] };
  expect(addPiece(cart, tea).lines[0]?.addedAt).toBe(ADDED);
  expect(changeLine(cart, "l", { ...tea, note: "es" }, 2).lines[0]).toMatchObject({ addedAt: ADDED, qty: 2 });
  expect(changeLine(cart, "l", { ...tea, modifiers: [milk], price: 12_000 }, 1).lines[0]?.addedAt).not.toBe(ADDED);
});

test("the order names the platform that it came from", () => {
  const cart: Cart = { ...addPiece(emptyCart(), tea), orderType: "delivery", channel: "gofood" };
  expect(orderOf(cart, 8_800)).toMatchObject({ order_type: "delivery", channel: "gofood" });
});

test("the order has the cart's id, and fields only where something was chosen", () => {
  const cart = { ...addPiece(emptyCart("id-1"), tea, 1, "l", ADDED), table: "4" };
  expect(orderOf(cart, 8_800)).toEqual({
    id: "id-1",
    order_type: "dine_in",
    table_number: "4",
    lines: [{ product_id: "tea", qty: 1, added_at: ADDED }],
    expected_total: 8_800,
  });
});

test("a stored cart is read back, and damaged texts are not carts", () => {
  const cart = addPiece(emptyCart(), tea);
  expect(isCart(JSON.parse(JSON.stringify(cart)))).toBe(true);
  for (const damaged of [null, 1, {}, { ...cart, lines: [{ qty: 1 }] }, { ...cart, tenders: null }]) {
    expect(isCart(damaged)).toBe(false);
  }
});
