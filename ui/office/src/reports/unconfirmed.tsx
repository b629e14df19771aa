import { Text } from "@mantine/core";
import { body, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Section } from "@shared/parts/page-head";
import { useTime } from "@shared/time";
import { useQuery } from "@tanstack/react-query";
import { useText } from "../text";
import { useOutletColumn } from "./columns";

type Unconfirmed = components["schemas"]["HqUnconfirmed"];

/** Payments of each outlet that nobody has confirmed, by age: the oldest first, whatever the period. */
export function UnconfirmedReport({ outletId }: { outletId: string | undefined }) {
  const t = useText();
  const time = useTime();
  const outlet = useOutletColumn<Unconfirmed>();
  const report = useQuery({
    queryKey: ["sales", "unconfirmed"],
    queryFn: async ({ signal }) => (await body(hub.GET("/v1/hq/reports/unconfirmed", { signal }))).data,
  });
  const rows = report.data?.filter((row) => outletId === undefined || row.outlet_id === outletId);
  const amount = (id: "up_to_1_day" | "up_to_7_days" | "older" | "amount"): Column<Unconfirmed> => ({
    id,
    title: t(`unconfirmed.${id}`),
    figure: true,
    minor: id !== "amount" && id !== "older",
    render: (row) => <Money amount={row[id]} />,
  });
  return (
    <Section title={t("unconfirmed.title")}>
      <Text c="dimmed" mb="sm">
        {t("unconfirmed.lead")}
      </Text>
      <List
        label={t("unconfirmed.title")}
        pages={allRows({ ...report, data: rows })}
        rowId={(row) => row.outlet_id}
        columns={[
          outlet,
          {
            id: "oldest",
            title: t("unconfirmed.oldest"),
            render: (row) => <span className="figures">{time.day(row.oldest_date)}</span>,
          },
          amount("up_to_1_day"),
          amount("up_to_7_days"),
          amount("older"),
          amount("amount"),
        ]}
        empty={<Empty isPart title={t("unconfirmed.empty")} />}
      />
    </Section>
  );
}
