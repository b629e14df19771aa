import { data } from "@shared/api/client";
import type { Period } from "@shared/period";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

/** A report of a period. What happens at the tills rereads it. */
export function useReport<Row>(
  name: string,
  period: Period,
  read: (period: Period, signal: AbortSignal) => Promise<{ data?: { data?: Row[] } }>,
) {
  return useQuery({
    queryKey: ["orders", "reports", name, period],
    queryFn: ({ signal }) => data(read(period, signal)),
    placeholderData: keepPreviousData,
  });
}

/** The day of a row, where rows are days; one for the whole period otherwise. */
export const dayOf =
  (byDay: boolean) =>
  ({ business_date }: { business_date: string }): string =>
    byDay ? business_date : "";
