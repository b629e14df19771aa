import { expect, test } from "vitest";
import type { Ticket } from "./api";
import { newsOf, unseen } from "./news";

type Shown = Pick<Ticket, "id" | "state" | "moved_from" | "lines">;

function ticket(id: string, change: Partial<Shown> = {}): Shown {
  return { id, state: "new", moved_from: null, lines: [], ...change };
}

const line = (change: "changed" | "voided" | null) => ({ id: "l", change }) as Shown["lines"][number];

test("U53 a ticket is news until it was seen, and progress is no news", () => {
  const board = [ticket("a"), ticket("b")];
  expect(unseen(board, new Set())).toEqual(board);
  const seen = new Set(board.map(newsOf));
  expect(unseen([...board, ticket("c")], seen)).toEqual([ticket("c")]);
  expect(unseen([ticket("a", { state: "cooking" })], seen)).toEqual([]);
});

test("U51 a void and a move of a ticket that was seen are news", () => {
  const seen = new Set([newsOf(ticket("a", { lines: [line(null)] }))]);
  for (const change of [
    { moved_from: "4" },
    { lines: [line("voided")] },
    { lines: [line("changed")] },
    { state: "cancelled" as const },
  ]) {
    expect(unseen([ticket("a", change)], seen)).toHaveLength(1);
  }
});
