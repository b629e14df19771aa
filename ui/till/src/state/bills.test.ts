import { expect, test } from "vitest";
import { amountOf, type Bill, partsOf, put, refusal, rest, take } from "./bills";

const tea = { id: "tea", qty: 3, qty_scale: 0, amount: 24_000 };
const soup = { id: "soup", qty: 1, qty_scale: 0, amount: 28_000 };
const nuts = { id: "nuts", qty: 1_237, qty_scale: 3, amount: 29_070 };
const lines = [tea, soup, nuts];

/** Puts the lines on the bills, one after the other. */
const fill = (count: number, ...taps: [bill: number, line: (typeof lines)[number]][]): Bill[] =>
  taps.reduce<Bill[]>(
    (bills, [at, line]) => put(bills, at, line),
    Array.from({ length: count }, () => ({})),
  );

test("pieces go one by one, what is weighed as a whole, and none twice", () => {
  const bills = fill(2, [0, tea], [1, tea], [1, tea], [0, tea], [0, nuts], [1, nuts]);
  expect(bills).toEqual([{ tea: 1, nuts: 1_237 }, { tea: 2 }]);
  expect(rest(tea, bills)).toBe(0);
  expect(take(bills, 1, tea)[1]).toEqual({ tea: 1 });
  expect(take(bills, 1, soup)[1]).toEqual({ tea: 2 });
});

test("T18 nothing moved, everything moved and an empty bill are refused beforehand", () => {
  expect(refusal(lines, [{}])).toBe("nothing");
  expect(refusal([soup], fill(1, [0, soup]))).toBe("everything");
  expect(refusal(lines, fill(2, [0, soup]))).toBe("empty");
  expect(refusal(lines, fill(1, [0, soup]))).toBeNull();
});

test("a whole line keeps its id, a part of it says how many", () => {
  expect(partsOf(lines, fill(2, [0, tea], [0, soup], [1, nuts]))).toEqual([
    [{ line_id: "tea", qty: 1 }, { line_id: "soup" }],
    [{ line_id: "nuts" }],
  ]);
  expect(amountOf(tea, 2)).toBe(16_000);
});
