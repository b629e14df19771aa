import { expect, test } from "vitest";
import { priceChange } from "./price-change";

test("an amount is added, and rounded if a step is chosen", () => {
  expect(priceChange("add", 2_000, "", 0)).toEqual({ add: 2_000 });
  expect(priceChange("add", -500, "", 500)).toEqual({ add: -500, round_to: 500 });
});

test("a percentage is sent in hundredths", () => {
  expect(priceChange("percent", null, "7,5", 100)).toEqual({ percent_bp: 750, round_to: 100 });
});

test("a new price is never negative and is not rounded", () => {
  expect(priceChange("set", 12_345, "", 500)).toEqual({ set: 12_345 });
  expect(priceChange("set", -5, "", 0)).toEqual({ set: 5 });
  expect(priceChange("set", 0, "", 0)).toEqual({ set: 0 });
});

test("nothing typed, zero and what is no percentage change nothing", () => {
  expect(priceChange("add", null, "", 0)).toBeNull();
  expect(priceChange("add", 0, "", 0)).toBeNull();
  expect(priceChange("percent", null, "0", 0)).toBeNull();
  expect(priceChange("percent", null, "ten", 0)).toBeNull();
  expect(priceChange("set", null, "", 0)).toBeNull();
});
