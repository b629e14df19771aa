import { expect, test } from "vitest";
import { needsApproval } from "./limit";

const out = (amount: number, approved_by: string | null = null) => ({ kind: "out" as const, amount, approved_by });

test("what a shift took out without an approval counts together", () => {
  expect(needsApproval([], 50_000, 50_000)).toBe(false);
  expect(needsApproval([], 50_001, 50_000)).toBe(true);
  expect(needsApproval([out(30_000), out(15_000)], 5_000, 50_000)).toBe(false);
  expect(needsApproval([out(30_000), out(15_000)], 5_001, 50_000)).toBe(true);
});

test("what was approved, put in, or moved to the safe does not count", () => {
  const others = [
    out(900_000, "budi"),
    { kind: "in" as const, amount: 40_000 },
    { kind: "drop" as const, amount: 40_000 },
  ];
  expect(needsApproval(others, 50_000, 50_000)).toBe(false);
});

test("without a limit nothing needs an approval", () => {
  expect(needsApproval([out(9_000_000)], 9_000_000, null)).toBe(false);
  expect(needsApproval([], 1, 0)).toBe(true);
});
