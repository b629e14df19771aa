import fc from "fast-check";
import { expect, test } from "vitest";
import { percentBp, percentText } from "./percent";

test("percentages are read with a comma or a point, and nothing else is read as one", () => {
  expect(percentBp("12,5")).toBe(1250);
  expect(percentBp("-5")).toBe(-500);
  expect(percentBp("−0.25 %")).toBe(-25);
  expect(percentBp("1.000")).toBeNull();
  expect(percentBp("")).toBeNull();
  expect(percentBp("ten")).toBeNull();
});

test("a percentage is shown as it can be typed", () => {
  expect(percentText(1100)).toBe("11");
  fc.assert(fc.property(fc.integer({ min: -999_999, max: 999_999 }), (bp) => percentBp(percentText(bp)) === bp));
});
