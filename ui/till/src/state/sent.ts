// The lines of an order by when they were sent to be prepared, and by course until then.

interface SentLine {
  sent_at?: string | null;
  voided_at?: string | null;
  course?: number | null;
}

export interface Batch<Line> {
  /** When these lines were sent; null: not yet. */
  sentAt: string | null;
  /** The course that these lines will be sent with; null: they were sent, or have none. */
  course: number | null;
  lines: Line[];
}

/** Lines that were sent together, oldest first; then those that were not sent, by course. */
export function batches<Line extends SentLine>(lines: readonly Line[]): Batch<Line>[] {
  const found = new Map<string, Batch<Line>>();
  for (const line of lines) {
    const sentAt = line.sent_at ?? null;
    const course = sentAt === null ? (line.course ?? null) : null;
    // Times begin with a digit; what was not sent comes after them, and what has no course last.
    const key = sentAt ?? `unsent ${course ?? "~"}`;
    const batch = found.get(key) ?? { sentAt, course, lines: [] };
    batch.lines.push(line);
    found.set(key, batch);
  }
  return [...found].sort(([one], [two]) => (one < two ? -1 : 1)).map(([, batch]) => batch);
}

/** Lines that "send" would send. */
export function unsent<Line extends SentLine>(lines: readonly Line[]): Line[] {
  return lines.filter((line) => !line.sent_at && !line.voided_at);
}

/** Pieces of these lines; goods by weight count as one. */
export function pieces(lines: readonly { qty: number; qty_scale: number }[]): number {
  return lines.reduce((sum, line) => sum + (line.qty_scale === 0 ? line.qty : 1), 0);
}
