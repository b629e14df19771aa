import { expect, test } from "vitest";
import type { OutletSummary } from "../api/queries";
import { byUrgency, heldCount, problemsOf } from "./outlets";

const outlet = (code: string, rest: Partial<OutletSummary> = {}): OutletSummary => ({
  id: code,
  code,
  name: code,
  state: "active",
  presence: "active",
  business_date: "2026-01-01",
  created_at: "2026-01-01T00:00:00Z",
  acked_through: 0,
  batch_no: 0,
  quarantined: [],
  unapplied_count: 0,
  open_conflict_count: 0,
  dead_letter_count: 0,
  duplicate_servers: false,
  ...rest,
});

test("the outlet that has been silent longest comes first, a revoked one last", () => {
  const rows = [
    outlet("A"),
    outlet("B", { presence: "revoked", state: "revoked" }),
    outlet("C", { open_conflict_count: 1 }),
    outlet("D", { presence: "silent", silent_since: "2026-03-02T00:00:00Z" }),
    outlet("E", { presence: "silent", silent_since: "2026-03-01T00:00:00Z" }),
    outlet("F", { presence: "new" }),
  ];
  expect(rows.sort(byUrgency).map((row) => row.code)).toEqual(["E", "D", "C", "A", "F", "B"]);
});

test("a clock two minutes off is a problem, and a revoked outlet has none", () => {
  expect(problemsOf(outlet("A", { clock_offset_ms: -121_000 }))).toEqual([{ kind: "clock", count: 1 }]);
  expect(problemsOf(outlet("A", { clock_offset_ms: 5_000 }))).toEqual([]);
  expect(problemsOf(outlet("A", { state: "revoked", dead_letter_count: 3 }))).toEqual([]);
});

test("held data are counted one by one, and those of a revoked outlet not at all", () => {
  const quarantined = [
    { entity: "order", id: "1" },
    { entity: "order", id: "2" },
  ] as unknown as OutletSummary["quarantined"];
  const held = { quarantined, dead_letter_count: 3, unapplied_count: 1 };
  expect(heldCount(outlet("A", held))).toBe(6);
  expect(heldCount(outlet("B", { ...held, state: "revoked" }))).toBe(0);
});
