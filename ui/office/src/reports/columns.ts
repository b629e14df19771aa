import type { Column } from "@shared/parts/list";
import { useTime } from "@shared/time";
import { useText } from "../text";
import { useOutletName } from "./use-report";

/** The first columns of a report: the outlet and, if each has rows of its own, the day. */
export function useFirstColumns<Row extends { outlet_id: string; business_date: string }>(
  byDay: boolean,
): Column<Row>[] {
  const t = useText();
  const time = useTime();
  const outlet = useOutletColumn<Row>();
  const date: Column<Row> = { id: "date", title: t("reports.date"), render: (row) => time.day(row.business_date) };
  return byDay ? [outlet, date] : [outlet];
}

export function useOutletColumn<Row extends { outlet_id: string }>(): Column<Row> {
  const t = useText();
  const nameOf = useOutletName();
  return { id: "outlet", title: t("outlet.one"), render: (row) => nameOf(row.outlet_id) };
}
