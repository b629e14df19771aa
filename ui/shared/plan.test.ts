import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, boxOf, extent, freePlace, onGrid, overlap, PLAN, storedBox } from "./plan";

const box = (x: number, y: number, w = 4, h = 3): Box => ({ x, y, w, h, shape: "square" });

test("a table without a place is not on the plan", () => {
  const stored = { plan_x: 3, plan_y: 0, plan_w: 4, plan_h: 3, plan_shape: "round" };
  expect(boxOf(stored)).toEqual({ ...box(3, 0), shape: "round" });
  expect(storedBox(boxOf(stored))).toEqual(stored);
  expect(boxOf({ ...stored, plan_x: null })).toBeNull();
  expect(storedBox(null)).toMatchObject({ plan_x: null, plan_y: null });
});

test("a box is moved and sized within the grid", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: -99, max: 99 }),
      fc.integer({ min: 0, max: 40 }),
      (x, y, w) => {
        const fitted = onGrid(box(x, y, w, w));
        expect(fitted.x).toBeGreaterThanOrEqual(0);
        expect(fitted.x + fitted.w).toBeLessThanOrEqual(PLAN.columns);
        expect(fitted.y + fitted.h).toBeLessThanOrEqual(PLAN.rows);
        expect(fitted.w).toBeGreaterThanOrEqual(PLAN.least);
        expect(onGrid(fitted)).toEqual(fitted);
      },
    ),
  );
});

test("tables that touch do not overlap", () => {
  expect(overlap(box(0, 0), box(4, 0))).toBe(false);
  expect(overlap(box(0, 0), box(3, 2))).toBe(true);
});

test("a new table gets a place that no other covers", () => {
  const placed: Box[] = [];
  for (let n = 0; n < 40; n += 1) {
    const next = freePlace(placed);
    expect(placed.some((other) => overlap(next, other))).toBe(false);
    placed.push(next);
  }
  expect(extent(placed)).toEqual({ columns: 24, rows: 31 });
});
