import { Empty } from "@shared/parts/empty";
import { allRows, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import { usePeopleColumns } from "@shared/parts/people-report";
import { readPeople } from "../api/reports";
import { useOutletName } from "../parts/outlet-name";
import { useText } from "../text";
import { byOutlet, type Covered, useReport } from "./use-report";

/** What each person of each outlet has given away: voids, discounts, compliments, refunds. */
export function PeopleReport({ filter }: Pick<Covered, "filter">) {
  const t = useText();
  const nameOf = useOutletName();
  const report = useReport("people", filter, readPeople);
  const rows = report.data && byOutlet(report.data, nameOf);
  const columns = usePeopleColumns(rows ?? [], (row) => nameOf(row.outlet_id));
  return (
    <Section title={t("reports.people")}>
      <List
        label={t("reports.people")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => `${row.outlet_id} ${row.user_id ?? ""}`}
        columns={columns}
        empty={
          <Empty isPart title={t("reports.people.empty")}>
            {t("reports.empty.next")}
          </Empty>
        }
      />
    </Section>
  );
}
