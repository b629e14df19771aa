// The payments of an order: those that count, and those that were taken back.

interface PaymentRow {
  id: string;
  reverses?: string | null;
  reason?: string | null;
}

/** A payment, with the row that took it back. */
export interface Received<Row> {
  payment: Row;
  reversal: Row | null;
}

/** What was received, in its sequence. A reversal is no payment of its own. */
export function received<Row extends PaymentRow>(rows: readonly Row[]): Received<Row>[] {
  return rows
    .filter((row) => !row.reverses)
    .map((payment) => ({ payment, reversal: rows.find((row) => row.reverses === payment.id) ?? null }));
}

/** The payment that settled an order. What was corrected after that settled nothing. */
export function settling<Row extends PaymentRow & { created_at: string }>(
  rows: readonly Row[],
  paidAt: string,
): Row | null {
  return rows.findLast((row) => !row.reverses && row.created_at <= paidAt) ?? null;
}

/** Payments that were not taken back. */
export function standing<Row extends PaymentRow>(rows: readonly Row[]): Row[] {
  return received(rows)
    .filter(({ reversal }) => reversal === null)
    .map(({ payment }) => payment);
}
