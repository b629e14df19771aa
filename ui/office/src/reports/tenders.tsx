import { Empty } from "@shared/parts/empty";
import { allRows, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import { useTenderColumns } from "@shared/parts/tender-report";
import { type TenderSum, tendersOf } from "@shared/reports";
import { readTenders, type TenderOfDay } from "../api/reports";
import { useOutletName } from "../parts/outlet-name";
import { useText } from "../text";
import { useFirstColumns } from "./columns";
import { byOutlet, type Covered, keyOf, useReport } from "./use-report";

/** What came in at each outlet by each tender, beside what was counted. */
export function TenderReport({ filter, byDay }: Covered) {
  const t = useText();
  const nameOf = useOutletName();
  const report = useReport("tenders", filter, readTenders);
  const rows = report.data && byOutlet(tendersOf(report.data, keyOf(byDay)), nameOf);
  const columns = useTenderColumns(report.data ?? [], useFirstColumns<TenderOfDay & TenderSum>(byDay));
  return (
    <Section title={t("reports.tenders")}>
      <List
        label={t("reports.tenders")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => `${row.outlet_id} ${row.business_date} ${row.method} ${row.tender_id}`}
        columns={columns}
        empty={
          <Empty isPart title={t("reports.tenders.empty")}>
            {t("reports.empty.next")}
          </Empty>
        }
      />
    </Section>
  );
}
