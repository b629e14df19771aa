import { expect, test } from "vitest";
import { type TaxRow, type TenderRow, taxesOf, tenderSum, tendersOf } from "./reports";

const tax = (business_date: string, name: string, rate_bp: number, amount: number, refunded_amount = 0): TaxRow => ({
  business_date,
  name,
  rate_bp,
  inclusive: false,
  base: amount * 10,
  amount,
  refunded_base: refunded_amount * 10,
  refunded_amount,
});

test("a tax is one row for each name and rate; refunds stay apart", () => {
  const rows = [
    tax("2026-11-29", "PBJT", 1_000, 700),
    tax("2026-11-30", "PBJT", 1_000, 300, 100),
    tax("2026-11-30", "PBJT", 500, 40),
  ];
  const sums = taxesOf(rows, () => "");
  expect(sums.map(({ rate_bp, base, amount, refunded_amount }) => [rate_bp, base, amount, refunded_amount])).toEqual([
    [1_000, 10_000, 1_000, 100],
    [500, 400, 40, 0],
  ]);
  expect(taxesOf(rows, ({ business_date }) => business_date)).toHaveLength(3);
});

const tender = (business_date: string, expected: number | null, counted: number | null): TenderRow => ({
  business_date,
  method: "cash",
  payments: 1_000,
  reversals: -100,
  refunds: 50,
  unconfirmed: 0,
  expected,
  counted,
});

test("T12 a refund lowers its tender, and a day without a count makes no difference", () => {
  const [cash] = tendersOf([tender("2026-11-29", 900, 880), tender("2026-11-30", 850, null)], () => "");
  expect(cash).toMatchObject({ net: 1_700, expected: 1_750, counted: 880, difference: -20, uncounted: 850 });
  expect(tenderSum([tender("2026-11-30", null, null)])).toMatchObject({
    expected: null,
    counted: null,
    difference: null,
  });
  expect(tenderSum([])).toBeNull();
});
