// A count that somebody is making. It is stored at each change, with the key of its command: a reload loses neither, and a
// repeat after a lost answer is the same command.

import type { components } from "@shared/api/generated/outlet";
import { DENOMINATIONS, type Pieces, sumOf } from "@shared/shift";

type Counted = Pick<components["schemas"]["CloseShift"], "counted" | "counts">;

export interface Draft {
  /** What is counted for: a drawer to open, a shift to close. */
  subject: string;
  key: string;
  /** It was sent and may have been executed: it must not change any more. */
  sent: boolean;
  mode: "pieces" | "sum";
  /** By denomination. */
  pieces: Readonly<Record<string, number>>;
  sum: number | null;
  /** What stays in the drawer; null: all of it. */
  left: number | null;
  /** What other tenders came to, by `tenderKey`. */
  tenders: Readonly<Record<string, number>>;
  note: string;
}

export function newDraft(subject: string, key: string): Draft {
  return { subject, key, sent: false, mode: "pieces", pieces: {}, sum: null, left: null, tenders: {}, note: "" };
}

export function isDraft(value: unknown): value is Draft | null {
  if (value === null) return true;
  const draft = value as Partial<Draft> | undefined;
  return (
    typeof draft?.subject === "string" &&
    typeof draft.key === "string" &&
    typeof draft.sent === "boolean" &&
    (draft.mode === "pieces" || draft.mode === "sum") &&
    typeof draft.pieces === "object" &&
    typeof draft.tenders === "object" &&
    typeof draft.note === "string"
  );
}

/** The pieces that were counted, the largest first. */
export function piecesOf(draft: Draft): Pieces[] {
  return DENOMINATIONS.map((denomination) => ({ denomination, pieces: draft.pieces[denomination] ?? 0 })).filter(
    ({ pieces }) => pieces > 0,
  );
}

export function counted(draft: Draft): number {
  return draft.mode === "sum" ? (draft.sum ?? 0) : sumOf(piecesOf(draft));
}

/** The count as it is sent to close a shift. */
function countBody(draft: Draft): Counted {
  const opening = openingOf(draft);
  return typeof opening === "number" ? { counted: opening } : { counts: opening };
}

/** The count as it is sent to open a shift: a sum, or pieces. */
export function openingOf(draft: Draft): components["schemas"]["Opening"] {
  const counts = draft.mode === "pieces" ? piecesOf(draft) : [];
  return counts.length > 0 ? counts : counted(draft);
}

/** What a counted amount is of: a method, or a tender of one. */
export function tenderKey({ method, tender_id: id }: { method: string; tender_id?: string | null }): string {
  return id ? `${method}/${id}` : method;
}

export function closeBody(draft: Draft): components["schemas"]["CloseShift"] {
  const tenders = Object.entries(draft.tenders).map(([key, amount]) => {
    const [method = key, id] = key.split(/\/(.*)/);
    return { method, ...(id && { tender_id: id }), counted: amount };
  });
  const note = draft.note.trim();
  return {
    ...countBody(draft),
    ...(draft.left === null ? {} : { left_in_drawer: draft.left }),
    ...(tenders.length === 0 ? {} : { tenders: tenders as components["schemas"]["TenderCount"][] }),
    ...(note === "" ? {} : { note }),
  };
}
