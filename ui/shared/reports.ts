// Figures of a period, added up from those of its days. The servers send each day; nothing is calculated again here.

export interface TaxRow {
  business_date: string;
  name: string;
  rate_bp: number;
  inclusive: boolean;
  base: number;
  amount: number;
  refunded_base: number;
  refunded_amount: number;
}

export interface TenderRow {
  business_date: string;
  method: string;
  tender_id?: string | null | undefined;
  tender_name?: string | null | undefined;
  payments: number;
  reversals: number;
  refunds: number;
  unconfirmed: number;
  expected?: number | null;
  counted?: number | null;
}

export interface Deeds {
  count: number;
  amount: number;
}

/** What a person gave away. */
export interface PeopleRow {
  user_id?: string | null;
  name?: string | null;
  voided_orders: Deeds;
  voided_lines: Deeds;
  discounts: Deeds;
  compliments: Deeds;
  refunds: Deeds;
}

/** A tender in a period, under its first name in it. */
export interface TenderSum extends TenderRow {
  /** What was received and not given back. */
  net: number;
  /** Counted minus expected, of the days that have both; null: there is none. */
  difference: number | null;
  /** What was expected on days without a count. */
  uncounted: number;
}

export const sumOf = <Row>(rows: readonly Row[], figure: (row: Row) => number): number =>
  rows.reduce((sum, row) => sum + figure(row), 0);

/** Rows with the same key, in the sequence in which each key comes first. */
function groups<Row>(rows: readonly Row[], key: (row: Row) => string): Row[][] {
  const found = new Map<string, Row[]>();
  for (const row of rows) found.set(key(row), [...(found.get(key(row)) ?? []), row]);
  return [...found.values()];
}

/** Taxes by name and rate, and by what else `more` names. */
export function taxesOf<Row extends TaxRow>(rows: readonly Row[], more: (row: Row) => string): Row[] {
  const key = (row: Row) => JSON.stringify([more(row), row.name, row.rate_bp, row.inclusive]);
  return groups(rows, key).flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return {
      ...first,
      base: sumOf(same, ({ base }) => base),
      amount: sumOf(same, ({ amount }) => amount),
      refunded_base: sumOf(same, ({ refunded_base }) => refunded_base),
      refunded_amount: sumOf(same, ({ refunded_amount }) => refunded_amount),
    };
  });
}

/** The sum of what is known; null if nothing is. */
function known(amounts: readonly (number | null | undefined)[]): number | null {
  const found = amounts.filter((amount) => amount !== null && amount !== undefined);
  return found.length === 0 ? null : sumOf(found, (amount) => amount);
}

const differenceOf = ({ expected, counted }: TenderRow): number | null =>
  expected == null || counted == null ? null : counted - expected;

/** The sum of some rows, under the name of the first one. */
export function tenderSum<Row extends TenderRow>(rows: readonly Row[]): (Row & TenderSum) | null {
  const [first] = rows;
  if (first === undefined) return null;
  const [payments, reversals, refunds] = [
    sumOf(rows, (row) => row.payments),
    sumOf(rows, (row) => row.reversals),
    sumOf(rows, (row) => row.refunds),
  ];
  return {
    ...first,
    payments,
    reversals,
    refunds,
    unconfirmed: sumOf(rows, (row) => row.unconfirmed),
    net: payments + reversals - refunds,
    expected: known(rows.map((row) => row.expected)),
    counted: known(rows.map((row) => row.counted)),
    difference: known(rows.map(differenceOf)),
    uncounted: sumOf(rows, ({ expected, counted }) => (counted == null ? (expected ?? 0) : 0)),
  };
}

/** Methods and tenders, by what else `more` names. */
export function tendersOf<Row extends TenderRow>(
  rows: readonly Row[],
  more: (row: Row) => string,
): (Row & TenderSum)[] {
  const key = (row: Row) => JSON.stringify([more(row), row.method, row.tender_id]);
  return groups(rows, key).flatMap((same) => tenderSum(same) ?? []);
}
