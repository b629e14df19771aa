import fc from "fast-check";
import { expect, test } from "vitest";
import { beat, REACHABLE, type Reach } from "./reach";

const after = (from: Reach, ...beats: boolean[]) => beats.reduce(beat, from);

test("U40 two beats change the state, one does not", () => {
  expect(after(REACHABLE, false).online).toBe(true);
  expect(after(REACHABLE, false, false).online).toBe(false);
  expect(after(REACHABLE, false, false, true).online).toBe(false);
  expect(after(REACHABLE, false, false, true, true).online).toBe(true);
});

test("U40 a link that flaps every beat never changes the state", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), (beats) => {
      const flapping = Array.from({ length: beats }, (_, at) => at % 2 === 1);
      expect(after(REACHABLE, ...flapping).online).toBe(true);
      expect(after(after(REACHABLE, false, false), ...flapping.map((up) => !up)).online).toBe(false);
    }),
  );
});

test("U39 the browser's own idea of online is not asked", () => {
  Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
  expect(after(REACHABLE, true, true).online).toBe(true);
});
