import type { ReactNode } from "react";
import { method } from "../method";
import { rupiah } from "../money";
import { type TenderRow, type TenderSum, tenderSum } from "../reports";
import { useText } from "../text/provider";
import { AmountCell } from "./amount-cell";
import { DifferenceBadge } from "./difference";
import type { Column } from "./list";
import { Money } from "./money";

/** The columns of a report of tenders after those of the page, with the total of all days. */
export function useTenderColumns<Row extends TenderSum>(
  days: readonly TenderRow[],
  before: Column<Row>[] = [],
): Column<Row>[] {
  const t = useText();
  const all = tenderSum(days);
  const noted = (amount: number, id: "paid" | "reversed" | "refunded" | "unconfirmed" | "uncounted") =>
    amount !== 0 && t(`reports.${id}`, { amount: rupiah(amount) });
  const net = (row: TenderSum) => (
    <AmountCell
      amount={row.net}
      notes={[
        row.net !== row.payments && noted(row.payments, "paid"),
        noted(row.reversals, "reversed"),
        noted(-row.refunds, "refunded"),
        noted(row.unconfirmed, "unconfirmed"),
      ]}
    />
  );
  const expected = (row: TenderSum) => (row.expected == null ? "–" : <Money amount={row.expected} />);
  const counted = (row: TenderSum) =>
    row.counted == null ? "–" : <AmountCell amount={row.counted} notes={[noted(row.uncounted, "uncounted")]} />;
  const difference = (row: TenderSum) =>
    row.difference === null || row.counted == null ? (
      "–"
    ) : (
      <DifferenceBadge expected={row.counted - row.difference} counted={row.counted} />
    );
  const figure = (id: string, title: string, render: (row: TenderSum) => ReactNode): Column<Row> => ({
    id,
    title,
    figure: true,
    render,
    ...(all !== null && { footer: render(all) }),
  });
  const columns: Column<Row>[] = [
    ...before,
    { id: "method", title: t("reports.method"), render: (row) => row.tender_name ?? t(method(row.method)) },
    figure("net", t("reports.net"), net),
    figure("expected", t("figures.expected"), expected),
    figure("counted", t("figures.counted"), counted),
    figure("difference", t("figures.difference"), difference),
  ];
  return columns.map((column, at) => (at === 0 ? { ...column, footer: t("report.total") } : column));
}
