import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReportFilter } from "../api/reports";

/** What a report covers, and whether each day has its own rows. */
export interface Covered {
  filter: ReportFilter;
  byDay: boolean;
}

/** A report of a period. What arrives from the outlets rereads it. */
export function useReport<Row>(name: string, filter: ReportFilter, read: (filter: ReportFilter) => Promise<Row[]>) {
  return useQuery({
    queryKey: ["sales", name, filter],
    queryFn: () => read(filter),
    placeholderData: keepPreviousData,
  });
}

/** The key of a row of an outlet: its day, if each has rows of its own. */
export const keyOf =
  (byDay: boolean) =>
  (row: { outlet_id: string; business_date: string }): string =>
    `${row.outlet_id} ${byDay ? row.business_date : ""}`;

/** Sorts rows by the name of their outlet. */
export const byOutlet = <Row extends { outlet_id: string }>(rows: Row[], nameOf: (id: string) => string): Row[] =>
  rows.toSorted((a, b) => nameOf(a.outlet_id).localeCompare(nameOf(b.outlet_id)));
