// What a count of a drawer comes to, and the words of its difference.

/** Notes and coins in circulation, the largest first. */
export const DENOMINATIONS = [100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100] as const;

/** Pieces of one note or coin. */
export interface Pieces {
  denomination: number;
  pieces: number;
}

export function sumOf(counts: readonly Pieces[]): number {
  return counts.reduce((sum, { denomination, pieces }) => sum + denomination * pieces, 0);
}

export type DifferenceWord = "exact" | "short" | "over";

export interface Difference {
  word: DifferenceWord;
  /** Never negative: the word says the direction. */
  amount: number;
}

/** How far a count is off; null while it is not known what should be there, or nothing was counted. */
export function difference(expected: number | null | undefined, counted: number | null | undefined): Difference | null {
  if (expected == null || counted == null) return null;
  const off = counted - expected;
  return { word: off === 0 ? "exact" : off < 0 ? "short" : "over", amount: Math.abs(off) };
}

/** A row of a count as the API has it: the pieces of one denomination, or the whole sum. */
export interface CountRow {
  kind: string;
  denomination?: number | null;
  pieces?: number | null;
  amount: number;
  counted_by?: string | null;
  reason?: string | null;
  approved_by?: string | null;
  created_at: string;
}

/** Rows that were counted together. */
export interface Count {
  kind: string;
  by: string | null;
  reason: string | null;
  approvedBy: string | null;
  at: string;
  sum: number;
  /** By denomination, the largest first; empty if only the sum was entered. */
  pieces: Pieces[];
}

/** The counts of a shift, the earliest first. */
export function countsOf(rows: readonly CountRow[]): Count[] {
  const counts = new Map<string, Count>();
  for (const row of rows) {
    const { kind, created_at: at, counted_by: by = null, reason = null, approved_by: approvedBy = null } = row;
    const key = `${at} ${kind} ${by}`;
    const count: Count = counts.get(key) ?? { kind, by, reason, approvedBy, at, sum: 0, pieces: [] };
    count.sum += row.amount;
    if (row.denomination != null && row.pieces != null) {
      count.pieces.push({ denomination: row.denomination, pieces: row.pieces });
    }
    counts.set(key, count);
  }
  for (const { pieces } of counts.values()) pieces.sort((a, b) => b.denomination - a.denomination);
  return [...counts.values()].sort((a, b) => a.at.localeCompare(b.at));
}
