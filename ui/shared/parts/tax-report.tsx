import { rupiah } from "../money";
import { percentText } from "../percent";
import { sumOf, type TaxRow } from "../reports";
import { useText } from "../text/provider";
import { AmountCell } from "./amount-cell";
import type { Column } from "./list";

type Figures = Pick<TaxRow, "base" | "amount" | "refunded_base" | "refunded_amount">;

/**
 * The columns of a tax report after those of the page, with the totals of all rows. What refunds gave back stands apart: it belongs to
 * their days.
 */
export function useTaxColumns<Row extends TaxRow>(rows: readonly Row[], before: Column<Row>[] = []): Column<Row>[] {
  const t = useText();
  const all: Figures = {
    base: sumOf(rows, ({ base }) => base),
    amount: sumOf(rows, ({ amount }) => amount),
    refunded_base: sumOf(rows, ({ refunded_base }) => refunded_base),
    refunded_amount: sumOf(rows, ({ refunded_amount }) => refunded_amount),
  };
  const given = (amount: number) => amount !== 0 && t("taxes.refunded", { amount: rupiah(amount) });
  const base = (row: Figures) => <AmountCell amount={row.base} notes={[given(row.refunded_base)]} />;
  const tax = (row: Figures) => <AmountCell amount={row.amount} notes={[given(row.refunded_amount)]} />;
  const net = (row: Figures) => (
    <AmountCell
      amount={row.amount - row.refunded_amount}
      notes={[row.refunded_base !== 0 && t("taxes.net_base", { amount: rupiah(row.base - row.refunded_base) })]}
    />
  );
  const columns: Column<Row>[] = [
    ...before,
    {
      id: "name",
      title: t("taxes.name"),
      render: ({ name, rate_bp, inclusive }) =>
        t(inclusive ? "taxes.inside" : "taxes.added", { name, rate: percentText(rate_bp) }),
    },
    { id: "base", title: t("taxes.base"), figure: true, render: base, footer: base(all) },
    { id: "amount", title: t("taxes.amount"), figure: true, render: tax, footer: tax(all) },
    { id: "net", title: t("taxes.net"), figure: true, render: net, footer: net(all) },
  ];
  return columns.map((column, at) => (at === 0 ? { ...column, footer: t("report.total") } : column));
}
