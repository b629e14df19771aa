import { expect, test } from "vitest";
import { batches, pieces, unsent } from "./sent";

const line = (id: string, sent_at: string | null = null, voided_at: string | null = null) => ({
  id,
  sent_at,
  voided_at,
});
const [early, late] = ["2026-11-30T07:00:00Z", "2026-11-30T07:20:00Z"];

test("lines are grouped by when they were sent, and what was not sent comes last", () => {
  const lines = [line("a", late), line("b"), line("c", early), line("d", late)];
  expect(batches(lines).map(({ sentAt, lines }) => [sentAt, lines.map(({ id }) => id).join("")])).toEqual([
    [early, "c"],
    [late, "ad"],
    [null, "b"],
  ]);
});

test("lines that were not sent are grouped by course, and those without a course come last", () => {
  const lines = [
    line("a"),
    { ...line("b"), course: 2 },
    { ...line("c", early), course: 3 },
    { ...line("d"), course: 1 },
  ];
  expect(batches(lines).map(({ course, lines }) => [course, lines.map(({ id }) => id).join("")])).toEqual([
    [null, "c"],
    [1, "d"],
    [2, "b"],
    [null, "a"],
  ]);
});

test("goods by weight count as one piece", () => {
  expect(
    pieces([
      { qty: 2, qty_scale: 0 },
      { qty: 1_250, qty_scale: 3 },
    ]),
  ).toBe(3);
});

test("void lines are not sent any more", () => {
  expect(unsent([line("a"), line("b", early), line("c", null, late)]).map(({ id }) => id)).toEqual(["a"]);
});
