import { outlet } from "@shared/api/client";
import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import { useTaxColumns } from "@shared/parts/tax-report";
import type { Period } from "@shared/period";
import { type TaxRow, taxesOf } from "@shared/reports";
import { useShopTime } from "../status";
import { useText } from "../text";
import { dayOf, useReport } from "./use-report";

/** Taxes by name and rate. */
export function TaxReport({ period, byDay }: { period: Period; byDay: boolean }) {
  const t = useText();
  const time = useShopTime();
  const report = useReport<TaxRow>("taxes", period, (query, signal) =>
    outlet.GET("/api/v1/reports/tax", { params: { query }, signal }),
  );
  const rows = report.data && taxesOf(report.data, dayOf(byDay));
  const day: Column<TaxRow> = {
    id: "date",
    title: t("reports.date"),
    render: (row) => <span className="figures">{time.day(row.business_date)}</span>,
  };
  const columns = useTaxColumns(rows ?? [], byDay ? [day] : []);
  return (
    <Section title={t("reports.taxes")}>
      <List
        label={t("reports.taxes")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => `${row.business_date} ${row.name} ${row.rate_bp} ${row.inclusive}`}
        columns={columns}
        empty={<Empty isPart title={t("reports.taxes.empty")} />}
      />
    </Section>
  );
}
