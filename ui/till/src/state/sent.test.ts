import { expect, test } from "vitest";
import { batches, unsent } from "./sent";

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

test("void lines are not sent any more", () => {
  expect(unsent([line("a"), line("b", early), line("c", null, late)]).map(({ id }) => id)).toEqual(["a"]);
});
