import { expect, test } from "vitest";
import {
  type Chosen,
  countOf,
  everything,
  fewer,
  leftOf,
  more,
  paidFor,
  payBacks,
  picked,
  returnLines,
  takersOf,
  turnRestock,
  waysOf,
} from "./refund";

const shares = { discount: 0, service: 0, tax: 0 };
const tea = { id: "tea", qty: 3, qty_scale: 0, amount: 24_000, ...shares };
const nuts = { id: "nuts", qty: 1_237, qty_scale: 3, amount: 29_070, ...shares };
const refund = (...lines: [id: string, qty: number][]) => ({
  lines: lines.map(([order_line_id, qty]) => ({ order_line_id, qty })),
});

test("what a guest has paid for a line has its shares; taxes inside the price are in the amount", () => {
  expect(paidFor({ ...tea, discount: 2_400, service: 1_080, tax: 2_268 })).toBe(24_948);
});

test("no more can be chosen than earlier refunds have left", () => {
  const refunds = [refund(["tea", 1]), refund(["tea", 1], ["nuts", 1_237])];
  expect([leftOf(tea, refunds), leftOf(nuts, refunds)]).toEqual([1, 0]);
  let chosen: Chosen = {};
  for (let taps = 0; taps < 3; taps++) chosen = more(chosen, tea, leftOf(tea, refunds));
  expect(chosen).toEqual({ tea: { qty: 1, restock: false } });
});

test("what another till gives back meanwhile is not chosen any more", () => {
  const chosen = more(more({}, tea, 3), tea, 3);
  expect(picked(chosen, [tea], [])).toMatchObject([{ qty: 2 }]);
  expect(picked(chosen, [tea], [refund(["tea", 2])])).toMatchObject([{ qty: 1 }]);
  expect(picked(chosen, [tea], [refund(["tea", 3])])).toEqual([]);
});

test("everything is what is left of the lines that were paid for", () => {
  const gift = { ...tea, id: "gift", discount: 24_000 };
  expect(everything({}, [tea, gift], [refund(["tea", 1])])).toEqual({ tea: { qty: 2, restock: false } });
});

test("pieces go one by one, what is weighed as a whole", () => {
  const chosen = turnRestock(more(more(more({}, tea, 3), tea, 3), nuts, 1_237), tea);
  const picks = picked(chosen, [tea, nuts], []);
  expect(countOf(picks)).toBe(3);
  expect(returnLines(picks)).toEqual([
    { line_id: "tea", qty: 2, restock: true },
    { line_id: "nuts", qty: 1_237 },
  ]);
  expect(picked(fewer(fewer(chosen, tea), nuts), [tea, nuts], [])).toMatchObject([{ qty: 1 }]);
});

test("only methods that took money and were not taken back return it, the latest first", () => {
  const payments = [
    { id: "1", method: "cash" },
    { id: "2", method: "qris" },
    { id: "3", method: "card" },
    { id: "4", method: "card", reverses: "3" },
  ];
  const takers = takersOf(payments);
  expect(takers.map(({ key }) => key)).toEqual(["qris", "cash"]);
  expect(waysOf(takers)).toEqual(["as_paid", "qris", "cash"]);
  expect(waysOf([{ key: "cash", method: "cash" }])).toEqual(["as_paid"]);
  expect(waysOf([{ key: "qris", method: "qris" }])).toEqual(["as_paid", "cash", "part_cash"]);
});

test("two tenders of one method are two ways", () => {
  const card = (id: string, tender_id: string | null) => ({ id, method: "card", tender_id, tender_name: tender_id });
  const takers = takersOf([card("1", "bca"), card("2", "mandiri"), card("3", null), card("4", "bca")]);
  expect(waysOf(takers)).toEqual(["as_paid", "bca", "card", "mandiri", "cash"]);
  const back = (way: string) => payBacks({ way, takers, cash: null, reference: "" });
  expect(back("mandiri")).toEqual([{ method: "card", tender_id: "mandiri" }]);
  expect(back("card")).toEqual([{ method: "card" }]);
});

test("a part in cash leaves the rest to the other tender; the server's rule needs no names", () => {
  const rest = { cash: 20_000, takers: [{ key: "qris", method: "qris" }], reference: " RRN 7 " } as const;
  expect(payBacks({ ...rest, way: "as_paid" })).toEqual([]);
  expect(payBacks({ ...rest, way: "cash" })).toEqual([{ method: "cash" }]);
  expect(payBacks({ ...rest, way: "qris" })).toEqual([{ method: "qris", reference: "RRN 7" }]);
  expect(payBacks({ ...rest, way: "part_cash" })).toEqual([
    { method: "cash", amount: 20_000 },
    { method: "qris", reference: "RRN 7" },
  ]);
});
