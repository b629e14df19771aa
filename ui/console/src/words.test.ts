import fc from "fast-check";
import { expect, test } from "vitest";
import { clock, percent, typedClock, typedPercent } from "./words";

test("a typed percentage is read with comma or point and at most two decimals", () => {
  expect(typedPercent("10")).toBe(1_000);
  expect(typedPercent("7,5 %")).toBe(750);
  expect(typedPercent("−2.25")).toBe(-225);
  expect(typedPercent("1,234")).toBeNull();
  expect(typedPercent("ten")).toBeNull();
  fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), (rate) => typedPercent(percent(rate)) === rate));
});

test("a time of day is minutes after midnight", () => {
  expect(typedClock("4:00")).toBe(240);
  expect(typedClock("23.59")).toBe(1_439);
  expect(typedClock("24:00")).toBeNull();
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_439 }), (minutes) => typedClock(clock(minutes)) === minutes));
});
