import { Text } from "@mantine/core";
import { grouped } from "../money";
import { type Deeds, type PeopleRow, sumOf } from "../reports";
import { useText } from "../text/provider";
import { AmountCell } from "./amount-cell";
import type { Column } from "./list";

const GIVEN = ["discounts", "compliments", "refunds"] as const;

const together = (deeds: readonly Deeds[]): Deeds => ({
  count: sumOf(deeds, ({ count }) => count),
  amount: sumOf(deeds, ({ amount }) => amount),
});

/** The columns of a report of people, with the totals of all rows. `place`: where a person works. */
export function usePeopleColumns<Row extends PeopleRow>(
  rows: readonly Row[],
  place?: (row: Row) => string,
): Column<Row>[] {
  const t = useText();
  const voids = (orders: Deeds, lines: Deeds) =>
    orders.count + lines.count === 0 ? (
      "–"
    ) : (
      <AmountCell
        amount={orders.amount + lines.amount}
        notes={[t("reports.voids.of", { orders: orders.count, lines: lines.count })]}
      />
    );
  const deeds = ({ count, amount }: Deeds) =>
    count === 0 ? "–" : <AmountCell amount={amount} notes={[t("reports.times", { count: grouped(count) })]} />;
  return [
    {
      id: "name",
      title: t("reports.person"),
      render: (row) => (
        <>
          {row.name ?? t("reports.unknown")}
          {place && (
            <Text size="sm" c="dimmed">
              {place(row)}
            </Text>
          )}
        </>
      ),
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
      (id): Column<Row> => ({
        id,
        title: t(`reports.${id}`),
        figure: true,
        render: (row) => deeds(row[id]),
        footer: deeds(together(rows.map((row) => row[id]))),
      }),
    ),
  ];
}
