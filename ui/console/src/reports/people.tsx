import { outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { grouped } from "@shared/money";
import { AmountCell } from "@shared/parts/amount-cell";
import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { Section } from "@shared/parts/page-head";
import type { Period } from "@shared/period";
import { sumOf } from "@shared/reports";
import { useText } from "../text";
import { useReport } from "./use-report";

type OfUser = components["schemas"]["OfUser"];
type Deeds = components["schemas"]["Deeds"];

const GIVEN = ["discounts", "compliments", "refunds"] as const;

const together = (deeds: readonly Deeds[]): Deeds => ({
  count: sumOf(deeds, ({ count }) => count),
  amount: sumOf(deeds, ({ amount }) => amount),
});

/** What each person has given away: voids, discounts, compliments, refunds. */
export function PeopleReport({ period }: { period: Period }) {
  const t = useText();
  const report = useReport<OfUser>("people", period, (query, signal) =>
    outlet.GET("/api/v1/reports/people", { params: { query }, signal }),
  );
  const rows = report.data ?? [];
  const voids = (orders: Deeds, lines: Deeds) =>
    orders.count + lines.count === 0 ? (
      "–"
    ) : (
      <AmountCell
        amount={orders.amount + lines.amount}
        notes={[t("reports.voids.of", { orders: grouped(orders.count), lines: grouped(lines.count) })]}
      />
    );
  const deeds = ({ count, amount }: Deeds) =>
    count === 0 ? "–" : <AmountCell amount={amount} notes={[t("reports.times", { count: grouped(count) })]} />;
  const columns: Column<OfUser>[] = [
    {
      id: "name",
      title: t("reports.person"),
      render: (row) => row.name ?? t("reports.unknown"),
      footer: t("report.total"),
    },
    {
      id: "voids",
      title: t("reports.voids"),
      figure: true,
      render: (row) => voids(row.voided_orders, row.voided_lines),
      footer: voids(together(rows.map((row) => row.voided_orders)), together(rows.map((row) => row.voided_lines))),
    },
    ...GIVEN.map(
      (id): Column<OfUser> => ({
        id,
        title: t(`reports.${id}`),
        figure: true,
        render: (row) => deeds(row[id]),
        footer: deeds(together(rows.map((row) => row[id]))),
      }),
    ),
  ];
  return (
    <Section title={t("reports.people")}>
      <List
        label={t("reports.people")}
        pages={allRows(report)}
        rowId={(row) => row.user_id ?? ""}
        columns={columns}
        empty={<Empty title={t("reports.people.empty")} />}
      />
    </Section>
  );
}
