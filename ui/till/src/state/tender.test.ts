import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ChainTender,
  dueBy,
  equalParts,
  METHODS,
  meansOf,
  NO_ROUNDING,
  plan,
  platformFirst,
  type Rounding,
  refusal,
  roundCash,
  type Tender,
  waysToPay,
} from "./tender";

const NEAREST: Rounding = { step: 100, mode: "nearest" };
const DOWN: Rounding = { step: 500, mode: "down" };
const UP: Rounding = { step: 1_000, mode: "up" };

const cash = (amount: number): Tender => ({ method: "cash", amount });

const roundings = fc.record({
  step: fc.constantFrom(0, 50, 100, 500, 1_000),
  mode: fc.constantFrom("nearest" as const, "down" as const, "up" as const),
});

test("cash is rounded and changed as the server does", () => {
  // The table of crates/domain/src/payment.rs: due, tendered, rounding; counts, rounding, change, settled.
  const cases: [number, number, Rounding, [number, number, number, boolean]][] = [
    [92_400, 100_000, NO_ROUNDING, [92_400, 0, 7_600, true]],
    [92_400, 92_400, NO_ROUNDING, [92_400, 0, 0, true]],
    [92_400, 50_000, NEAREST, [50_000, 0, 0, false]],
    [92_449, 100_000, NEAREST, [92_400, -49, 7_600, true]],
    [92_450, 100_000, NEAREST, [92_500, 50, 7_500, true]],
    [92_449, 92_400, NEAREST, [92_400, -49, 0, true]],
    [92_999, 92_500, DOWN, [92_500, -499, 0, true]],
    [92_001, 93_000, UP, [93_000, 999, 0, true]],
    [92_001, 92_001, UP, [92_001, 0, 0, true]],
    [92_001, 92_500, UP, [92_001, 0, 499, true]],
    [49, 1_000, NEAREST, [0, -49, 1_000, true]],
  ];
  for (const [due, tendered, rounding, expected] of cases) {
    const { paid, rounding: rounded, change, settled } = plan(due, [cash(tendered)], rounding);
    expect([paid, rounded, change, settled]).toEqual(expected);
  }
});

test("U5 equal parts sum to the rupiah", () => {
  expect(equalParts(100_000, 3)).toEqual([33_334, 33_333, 33_333]);
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 20 }), (total, count) => {
      const parts = equalParts(total, count);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
      expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
    }),
  );
});

test("U5 with cash rounding every part but the last can be handed over", () => {
  expect(equalParts(92_449, 3, 100)).toEqual([30_800, 30_800, 30_849]);
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(50, 100, 500, 1_000),
      (total, count, step) => {
        const parts = equalParts(total, count, step);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
        expect(parts.slice(0, -1).every((part) => part % step === 0)).toBe(true);
      },
    ),
  );
});

test("U5 three equal parts settle the order, by any methods", () => {
  const methods = fc.array(fc.constantFrom(...METHODS), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 1_000_000 }), methods, (total, three) => {
      const tenders = equalParts(total, 3).map((amount, at) => ({ method: three[at] ?? "cash", amount }));
      expect(plan(total, tenders, NO_ROUNDING)).toMatchObject({ settled: true, due: 0, change: 0 });
    }),
  );
});

test("U6 cash covers all of a split: nothing more is required", () => {
  const taken = plan(50_000, [cash(50_000), { method: "qris", amount: 20_000 }], NO_ROUNDING);
  expect(taken).toMatchObject({ settled: true, paid: 50_000, change: 0 });
  expect(taken.applied).toHaveLength(1);
});

test("U6 an amount that is refused has a reason", () => {
  expect(refusal(50_000, cash(0), NO_ROUNDING)).toBe("nothing");
  expect(refusal(50_000, { method: "qris", amount: 50_001 }, NO_ROUNDING)).toBe("over");
  expect(refusal(50_000, { method: "qris", amount: 50_000 }, NO_ROUNDING)).toBeNull();
  expect(refusal(50_000, cash(500_000), NO_ROUNDING)).toBeNull();
});

test("U8 change is one number that is never negative", () => {
  const tenders = fc.array(
    fc.record({ method: fc.constantFrom(...METHODS), amount: fc.integer({ min: 0, max: 300_000 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), tenders, roundings, (total, list, rounding) => {
      const { change, due, paid, rounding: rounded, settled } = plan(total, list, rounding);
      expect(change).toBeGreaterThanOrEqual(0);
      expect(due).toBeGreaterThanOrEqual(0);
      expect(paid + due).toBe(total + rounded);
      expect(settled).toBe(due === 0);
    }),
  );
});

test("U11 the rounded amount settles cash in one tap", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), roundings, (due, rounding) => {
      expect(plan(due, [cash(dueBy("cash", due, rounding))], rounding).settled || roundCash(due, rounding) === 0).toBe(
        true,
      );
      expect(Math.abs(roundCash(due, rounding) - due)).toBeLessThan(Math.max(rounding.step, 1));
    }),
  );
});

test("other methods never round", () => {
  for (const method of METHODS.filter((method) => method !== "cash")) expect(dueBy(method, 92_450, UP)).toBe(92_450);
});

test("the tenders of a method are offered by position instead of it", () => {
  const tender = (id: string, method: string, position: number, more: Partial<ChainTender> = {}): ChainTender => ({
    id,
    name: id,
    method,
    needs_reference: false,
    position,
    active: true,
    ...more,
  });
  const list = [
    tender("mandiri", "card", 2),
    tender("bca", "card", 1),
    tender("bri", "card", 0, { active: false }),
    tender("gofood", "other", 3, { special: "platform" }),
    tender("loss", "transfer", 4, { special: "writeoff" }),
    tender("later", "crypto", 5),
  ];
  const keys = (corrects: boolean) => waysToPay(list, corrects).map(({ key }) => key);
  expect(keys(false)).toEqual(["cash", "qris", "bca", "mandiri", "transfer", "ewallet", "gofood"]);
  expect(keys(true)).toEqual(["cash", "qris", "bca", "mandiri", "transfer", "loss", "ewallet", "gofood"]);
  expect(waysToPay().map(({ key }) => key)).toEqual(METHODS);
  const [bca] = waysToPay([tender("bca", "card", 1)]).filter(({ key }) => key === "bca");
  expect(bca && meansOf(bca)).toEqual({ method: "card", tender_id: "bca" });
});

test("the platform that an order came from pays first", () => {
  const tender = (id: string, method: string, special: string | null) => ({
    id,
    name: id,
    method,
    special,
    needs_reference: false,
    position: 0,
    active: true,
  });
  const ways = waysToPay([tender("bca", "card", null), tender("gofood", "other", "platform")]);
  expect(platformFirst(ways, "gofood").map(({ key }) => key)).toEqual([
    "gofood",
    "cash",
    "qris",
    "bca",
    "transfer",
    "ewallet",
  ]);
  expect(platformFirst(ways, null)).toEqual(ways);
});
