import type { Box } from "@shared/plan";
import { expect, test } from "vitest";
import { add, begin, changed, place, undo } from "./plan-edit";

const box = (x: number, y: number): Box => ({ x, y, w: 4, h: 3, shape: "square" });

test("each step can be undone, and one that changes nothing is none", () => {
  const saved = { a: box(0, 0), b: null };
  let edit = place(begin(saved), "a", box(5, 0));
  edit = place(edit, "a", box(5, 0));
  edit = add(edit, "b", ["a"]);
  expect(edit.now.b).toEqual(box(0, 0));
  expect(changed(edit, saved)).toEqual(["a", "b"]);
  edit = undo(undo(edit));
  expect(edit.now).toEqual(saved);
  expect(changed(edit, saved)).toEqual([]);
  expect(undo(edit)).toBe(edit);
});

test("a movement is one step, and stays on the grid", () => {
  const saved = { a: box(1, 1) };
  let edit = place(begin(saved), "a", box(0, 1));
  edit = place(edit, "a", box(-1, 1), true);
  edit = place(edit, "a", box(-2, 0), true);
  expect(edit.now.a).toEqual(box(0, 0));
  expect(undo(edit).now).toEqual(saved);
});

test("a table that is taken off the plan has no place", () => {
  const saved = { a: box(1, 1) };
  expect(changed(place(begin(saved), "a", null), saved)).toEqual(["a"]);
});
