// What is done on the floor plan before it is saved: pure functions, so that each step can be undone.

import { type Box, freePlace, onGrid } from "@shared/plan";

/** The boxes of tables by id; null: not on the plan. */
export type Boxes = Readonly<Record<string, Box | null>>;

export interface Edit {
  now: Boxes;
  /** Earlier states, the latest last. */
  past: readonly Boxes[];
}

const MOST_STEPS = 100;

export function begin(boxes: Boxes): Edit {
  return { now: boxes, past: [] };
}

/** Sets a box. Steps of one movement, as of an arrow key that is held down or of a drag, are one step to undo. */
export function place(edit: Edit, id: string, box: Box | null, continues = false): Edit {
  const next = box === null ? null : onGrid(box);
  if (JSON.stringify(edit.now[id] ?? null) === JSON.stringify(next)) return edit;
  const past = continues ? edit.past : [...edit.past, edit.now].slice(-MOST_STEPS);
  return { now: { ...edit.now, [id]: next }, past };
}

/** Puts a table at the first free place beside those of its area. */
export function add(edit: Edit, id: string, others: readonly string[]): Edit {
  const taken = others.flatMap((other) => edit.now[other] ?? []);
  return place(edit, id, freePlace(taken));
}

export function undo(edit: Edit): Edit {
  const before = edit.past.at(-1);
  return before === undefined ? edit : { now: before, past: edit.past.slice(0, -1) };
}

/** The ids of tables whose box differs from the saved one. */
export function changed(edit: Edit, saved: Boxes): string[] {
  const same = (id: string) => JSON.stringify(edit.now[id] ?? null) === JSON.stringify(saved[id] ?? null);
  return Object.keys(edit.now).filter((id) => !same(id));
}
