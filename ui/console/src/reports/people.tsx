import { outlet } from "@shared/api/client";
import { Empty } from "@shared/parts/empty";
import { allRows, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import { usePeopleColumns } from "@shared/parts/people-report";
import type { Period } from "@shared/period";
import type { PeopleRow } from "@shared/reports";
import { useText } from "../text";
import { useReport } from "./use-report";

/** What each person has given away: voids, discounts, compliments, refunds. */
export function PeopleReport({ period }: { period: Period }) {
  const t = useText();
  const report = useReport<PeopleRow>("people", period, (query, signal) =>
    outlet.GET("/api/v1/reports/people", { params: { query }, signal }),
  );
  const columns = usePeopleColumns(report.data ?? []);
  return (
    <Section title={t("reports.people")}>
      <List
        label={t("reports.people")}
        pages={allRows(report)}
        rowId={(row) => row.user_id ?? ""}
        columns={columns}
        empty={<Empty isPart title={t("reports.people.empty")} />}
      />
    </Section>
  );
}
