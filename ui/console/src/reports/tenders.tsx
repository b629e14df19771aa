import { outlet } from "@shared/api/client";
import { rupiah } from "@shared/money";
import { AmountCell } from "@shared/parts/amount-cell";
import { DifferenceBadge } from "@shared/parts/difference";
import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Section } from "@shared/parts/page-head";
import type { Period } from "@shared/period";
import { type TenderRow, type TenderSum, tenderSum, tendersOf } from "@shared/reports";
import type { ReactNode } from "react";
import { useShopTime } from "../status";
import { useText } from "../text";
import { method } from "../today/method";
import { dayOf, useReport } from "./use-report";

/** What came in by each method, beside what was counted. */
export function TenderReport({ period, byDay }: { period: Period; byDay: boolean }) {
  const t = useText();
  const time = useShopTime();
  const report = useReport<TenderRow>("tenders", period, (query, signal) =>
    outlet.GET("/api/v1/reports/tenders", { params: { query }, signal }),
  );
  const rows = report.data && tendersOf(report.data, dayOf(byDay));
  const all = tenderSum(report.data ?? []);
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
  const figure = (id: string, title: string, render: (row: TenderSum) => ReactNode): Column<TenderSum> => ({
    id,
    title,
    figure: true,
    render,
    ...(all !== null && { footer: render(all) }),
  });
  const total = { footer: t("report.total") };
  const columns: Column<TenderSum>[] = [
    ...(byDay
      ? [
          {
            id: "date",
            title: t("reports.date"),
            render: (row: TenderSum) => time.day(row.business_date),
            ...total,
          },
        ]
      : []),
    {
      id: "method",
      title: t("reports.method"),
      render: (row) => t(method(row.method)),
      ...(!byDay && total),
    },
    figure("net", t("reports.net"), net),
    figure("expected", t("figures.expected"), expected),
    figure("counted", t("figures.counted"), counted),
    figure("difference", t("figures.difference"), difference),
  ];
  return (
    <Section title={t("reports.tenders")}>
      <List
        label={t("reports.tenders")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => `${row.business_date} ${row.method}`}
        columns={columns}
        empty={<Empty title={t("reports.tenders.empty")} />}
      />
    </Section>
  );
}
