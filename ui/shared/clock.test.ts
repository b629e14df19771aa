import fc from "fast-check";
import { expect, test } from "vitest";
import { clockText, typedClock } from "./clock";

test("a time of day is minutes after midnight", () => {
  expect(typedClock("4:00")).toBe(240);
  expect(typedClock("23.59")).toBe(1_439);
  for (const text of ["24:00", "4:60", "4", ""]) expect(typedClock(text)).toBeNull();
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_439 }), (minutes) => typedClock(clockText(minutes)) === minutes));
});
