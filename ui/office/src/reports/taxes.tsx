import { Empty } from "@shared/parts/empty";
import { allRows, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import { useTaxColumns } from "@shared/parts/tax-report";
import { taxesOf } from "@shared/reports";
import { readTaxes, type TaxOfDay } from "../api/reports";
import { useOutletName } from "../parts/outlet-name";
import { useText } from "../text";
import { useFirstColumns } from "./columns";
import { byOutlet, type Covered, keyOf, useReport } from "./use-report";

/** Taxes by outlet, name and rate. */
export function TaxReport({ filter, byDay }: Covered) {
  const t = useText();
  const nameOf = useOutletName();
  const report = useReport("taxes", filter, readTaxes);
  const rows = report.data && byOutlet(taxesOf(report.data, keyOf(byDay)), nameOf);
  const columns = useTaxColumns(rows ?? [], useFirstColumns<TaxOfDay>(byDay));
  return (
    <Section title={t("reports.taxes")}>
      <List
        label={t("reports.taxes")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => `${row.outlet_id} ${row.business_date} ${row.name} ${row.rate_bp} ${row.inclusive}`}
        columns={columns}
        empty={
          <Empty isPart title={t("reports.taxes.empty")}>
            {t("reports.empty.next")}
          </Empty>
        }
      />
    </Section>
  );
}
