import type { OutletSummary } from "../api/queries";

/** A clock that is off by more than this dates sales wrongly. */
const CLOCK_LIMIT_MS = 120_000;

export type ProblemKind =
  | "duplicate"
  | "quarantined"
  | "dead_letters"
  | "unapplied"
  | "conflicts"
  | "clock"
  | "webhook";

export interface OutletProblem {
  kind: ProblemKind;
  count: number;
}

/** What a person should look at, the worst first. */
export function problemsOf(outlet: OutletSummary): OutletProblem[] {
  if (outlet.state !== "active") return [];
  const found: OutletProblem[] = [
    { kind: "duplicate", count: outlet.duplicate_servers ? 1 : 0 },
    { kind: "quarantined", count: outlet.quarantined.length },
    { kind: "dead_letters", count: outlet.dead_letter_count },
    { kind: "unapplied", count: outlet.unapplied_count },
    { kind: "conflicts", count: outlet.open_conflict_count },
    { kind: "clock", count: Math.abs(outlet.clock_offset_ms ?? 0) > CLOCK_LIMIT_MS ? 1 : 0 },
    { kind: "webhook", count: outlet.webhook === "gone" ? 1 : 0 },
  ];
  return found.filter((problem) => problem.count > 0);
}

/** What head office or the outlet holds back until somebody decides, as the page "Held data" lists it. */
export function heldCount(outlet: OutletSummary): number {
  if (outlet.state !== "active") return 0;
  return outlet.dead_letter_count + outlet.quarantined.length + outlet.unapplied_count;
}

const RANK: Record<OutletSummary["presence"], number> = { silent: 0, unknown: 1, active: 2, new: 3, revoked: 4 };

/** Silent outlets first, those that have been silent longest before all others; then those with problems; then by code. */
export function byUrgency(a: OutletSummary, b: OutletSummary): number {
  const rank = RANK[a.presence] - RANK[b.presence];
  if (rank !== 0) return rank;
  if (a.presence === "silent") {
    const since = (a.silent_since ?? "").localeCompare(b.silent_since ?? "");
    if (since !== 0) return since;
  }
  const problems = Number(problemsOf(b).length > 0) - Number(problemsOf(a).length > 0);
  return problems !== 0 ? problems : a.code.localeCompare(b.code);
}
