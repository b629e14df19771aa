import fc from "fast-check";
import { expect, test } from "vitest";
import { grouped, quickCash, rupiah, typedAmount } from "./money";

test("amounts are grouped as in Indonesia, with a minus sign in front", () => {
  expect(rupiah(12_500)).toBe("Rp\u00a012.500");
  expect(rupiah(-20_000)).toBe("−Rp\u00a020.000");
  expect(rupiah(0)).toBe("Rp\u00a00");
  expect(grouped(1_234_567)).toBe("1.234.567");
});

test("typed amounts are read with and without separators", () => {
  expect(typedAmount("12.500")).toBe(12_500);
  expect(typedAmount("")).toBeNull();
  fc.assert(fc.property(fc.nat(), (amount) => typedAmount(grouped(amount)) === amount));
});

test("U7 quick cash has distinct ascending amounts above any due", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000_000 }), (due) => {
      const amounts = quickCash(due);
      expect(amounts).toHaveLength(3);
      expect(amounts.every((amount, at) => amount > (at === 0 ? due : (amounts[at - 1] as number)))).toBe(true);
    }),
  );
  expect(quickCash(84_000)).toEqual([90_000, 100_000, 150_000]);
  expect(quickCash(18_000)).toEqual([20_000, 50_000, 100_000]);
  expect(quickCash(730_000)).toEqual([750_000, 800_000, 850_000]);
});
