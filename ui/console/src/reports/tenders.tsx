import { outlet } from "@shared/api/client";
import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import { useTenderColumns } from "@shared/parts/tender-report";
import type { Period } from "@shared/period";
import { type TenderRow, type TenderSum, tendersOf } from "@shared/reports";
import { useShopTime } from "../status";
import { useText } from "../text";
import { dayOf, useReport } from "./use-report";

/** What came in by each tender, beside what was counted. */
export function TenderReport({ period, byDay }: { period: Period; byDay: boolean }) {
  const t = useText();
  const time = useShopTime();
  const report = useReport<TenderRow>("tenders", period, (query, signal) =>
    outlet.GET("/api/v1/reports/tenders", { params: { query }, signal }),
  );
  const rows = report.data && tendersOf(report.data, dayOf(byDay));
  const day: Column<TenderSum> = {
    id: "date",
    title: t("reports.date"),
    render: (row) => <span className="figures">{time.day(row.business_date)}</span>,
  };
  const columns = useTenderColumns<TenderSum>(report.data ?? [], byDay ? [day] : []);
  return (
    <Section title={t("reports.tenders")}>
      <List
        label={t("reports.tenders")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => `${row.business_date} ${row.method} ${row.tender_id}`}
        columns={columns}
        empty={<Empty isPart title={t("reports.tenders.empty")} />}
      />
    </Section>
  );
}
