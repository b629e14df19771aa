// The lines of an order by when they were sent to be prepared.

interface SentLine {
  sent_at?: string | null;
  voided_at?: string | null;
}

export interface Batch<Line> {
  /** When these lines were sent; null: not yet. */
  sentAt: string | null;
  lines: Line[];
}

/** Lines that were sent together, oldest first; those that were not sent last. */
export function batches<Line extends SentLine>(lines: readonly Line[]): Batch<Line>[] {
  const found = new Map<string | null, Line[]>();
  for (const line of lines) {
    const sentAt = line.sent_at ?? null;
    found.set(sentAt, [...(found.get(sentAt) ?? []), line]);
  }
  const order = (at: string | null) => at ?? "\uffff";
  return [...found]
    .map(([sentAt, lines]) => ({ sentAt, lines }))
    .sort((a, b) => (order(a.sentAt) < order(b.sentAt) ? -1 : 1));
}

/** Lines that "send" would send. */
export function unsent<Line extends SentLine>(lines: readonly Line[]): Line[] {
  return lines.filter((line) => !line.sent_at && !line.voided_at);
}
