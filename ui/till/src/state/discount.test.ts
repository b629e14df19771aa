import { describe, expect, test } from "vitest";
import { type Asked, asked, baseOf, comesTo, needsApproval } from "./discount";

describe("U10 what is typed for a discount", () => {
  test.each([
    ["10", 1_000],
    ["12,5", 1_250],
    ["12.5", 1_250],
    ["33,33 %", 3_333],
    ["100", 10_000],
  ])("%s is a percentage", (text, bp) => {
    expect(asked("percent", text)).toEqual({ kind: "percent", bp });
  });

  test.each([
    ["", "nothing"],
    ["0", "nothing"],
    ["100,01", "over"],
    ["500", "over"],
    ["-5", "unreadable"],
    ["sepuluh", "unreadable"],
    ["1.000", "unreadable"],
  ])("%s is none: %s", (text, refusal) => {
    expect(asked("percent", text)).toBe(refusal);
  });

  test("an amount is read without its separators", () => {
    expect(asked("amount", "20.000")).toEqual({ kind: "amount", value: 20_000 });
    expect(asked("amount", "0")).toBe("nothing");
    expect(asked("compliment", "")).toEqual({ kind: "compliment" });
  });
});

test("a discount comes to half a rupiah up, and never to more than there is", () => {
  const third: Asked = { kind: "percent", bp: 3_333 };
  expect(comesTo(third, 45_000)).toBe(14_999);
  expect(comesTo({ kind: "percent", bp: 1_000 }, 18_505)).toBe(1_851);
  expect(comesTo({ kind: "amount", value: 50_000 }, 28_000)).toBe(28_000);
  expect(comesTo({ kind: "compliment" }, 28_000)).toBe(28_000);
});

const order = {
  subtotal: 80_000,
  lines: [
    { id: "a", amount: 50_000 },
    { id: "b", amount: 30_000 },
  ],
  discounts: [
    { kind: "percent", line_id: "a", amount: 5_000 },
    { kind: "compliment", line_id: "b", amount: 30_000 },
  ],
};

test("a discount applies to what the earlier ones have left", () => {
  expect(baseOf(order, "a")).toBe(45_000);
  expect(baseOf(order, "b")).toBe(0);
  expect(baseOf(order, null)).toBe(45_000);
});

test("the discounts of an order count together towards the limit, gifts apart", () => {
  const amount: Asked = { kind: "amount", value: 3_000 };
  expect(needsApproval(order, amount, 3_000, 1_000)).toBe(false);
  expect(needsApproval(order, amount, 3_001, 1_000)).toBe(true);
  expect(needsApproval(order, amount, 60_000, null)).toBe(false);
  expect(needsApproval(order, { kind: "compliment" }, 0, null)).toBe(true);
});
