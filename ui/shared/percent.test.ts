import fc from "fast-check";
import { expect, test } from "vitest";
import { percentText, typedPercent } from "./percent";

test("percentages are read with a comma or a point, and nothing else is read as one", () => {
  expect(typedPercent("12,5")).toBe(1250);
  expect(typedPercent("-5")).toBe(-500);
  expect(typedPercent("−0.25 %")).toBe(-25);
  expect(typedPercent("1.000")).toBeNull();
  expect(typedPercent("")).toBeNull();
  expect(typedPercent("ten")).toBeNull();
});

test("a percentage is shown as it can be typed", () => {
  expect(percentText(1100)).toBe("11");
  fc.assert(fc.property(fc.integer({ min: -999_999, max: 999_999 }), (bp) => typedPercent(percentText(bp)) === bp));
});
