import { Text } from "@mantine/core";
import type { Column } from "@shared/parts/list";
import { useTime } from "@shared/time";
import { useOutlets } from "../api/queries";
import { useText } from "../text";

/** The first columns of a report: the outlet and, if each has rows of its own, the day. */
export function useFirstColumns<Row extends { outlet_id: string; business_date: string }>(
  byDay: boolean,
): Column<Row>[] {
  const t = useText();
  const time = useTime();
  const outlet = useOutletColumn<Row>();
  const date: Column<Row> = {
    id: "date",
    title: t("reports.date"),
    render: (row) => <span className="figures">{time.day(row.business_date)}</span>,
  };
  return byDay ? [outlet, date] : [outlet];
}

/** Code and name of the outlet. */
export function useOutletColumn<Row extends { outlet_id: string }>(): Column<Row> {
  const t = useText();
  const outlets = useOutlets().data;
  return {
    id: "outlet",
    title: t("outlet.one"),
    render: ({ outlet_id }) => {
      const outlet = outlets?.find(({ id }) => id === outlet_id);
      return (
        <>
          {outlet?.code ?? outlet_id}
          <Text size="sm" c="dimmed">
            {outlet?.name}
          </Text>
        </>
      );
    },
  };
}
