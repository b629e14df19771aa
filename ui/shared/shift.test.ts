import { describe, expect, test } from "vitest";
import { type CountRow, countsOf, DENOMINATIONS, difference, sumOf } from "./shift";

test("a count is worth its pieces", () => {
  expect(sumOf([])).toBe(0);
  const counted = [
    { denomination: 100_000, pieces: 7 },
    { denomination: 2_000, pieces: 12 },
    { denomination: 500, pieces: 1 },
  ];
  expect(sumOf(counted)).toBe(724_500);
  expect(sumOf(DENOMINATIONS.map((denomination) => ({ denomination, pieces: 1 })))).toBe(188_800);
});

describe("a difference", () => {
  test.each([
    [1_038_300, 1_037_000, "short", 1_300],
    [1_038_300, 1_038_300, "exact", 0],
    [0, 500, "over", 500],
    [-2_000, 0, "over", 2_000],
  ] as const)("expected %d, counted %d", (expected, counted, word, amount) => {
    expect(difference(expected, counted)).toEqual({ word, amount });
  });

  test("is unknown without a count or before the close", () => {
    expect(difference(10_000, null)).toBeNull();
    expect(difference(undefined, 10_000)).toBeNull();
  });
});

test("rows that were counted together are one count, the earliest first", () => {
  const row = (kind: string, created_at: string, amount: number, rest: Partial<CountRow> = {}): CountRow => ({
    kind,
    created_at,
    amount,
    counted_by: "sari",
    ...rest,
  });
  const counts = countsOf([
    row("close", "2026-11-30T14:00:00Z", 4_000, { denomination: 2_000, pieces: 2 }),
    row("close", "2026-11-30T14:00:00Z", 300_000, { denomination: 100_000, pieces: 3 }),
    row("recount", "2026-11-30T15:00:00Z", 305_000, { reason: "Uang di bawah laci", approved_by: "budi" }),
    row("open", "2026-11-30T00:00:00Z", 500_000),
  ]);
  expect(counts.map(({ kind, sum }) => [kind, sum])).toEqual([
    ["open", 500_000],
    ["close", 304_000],
    ["recount", 305_000],
  ]);
  expect(counts[1]?.pieces.map(({ denomination }) => denomination)).toEqual([100_000, 2_000]);
  expect(counts[2]).toMatchObject({ reason: "Uang di bawah laci", approvedBy: "budi", pieces: [] });
});
