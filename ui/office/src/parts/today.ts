// Today is the outlets' business date: what a café sells after midnight belongs to the evening before.

import { calendarDate } from "@shared/period";
import type { OutletSummary } from "../api/queries";
import { useOutlets } from "../api/queries";

/** The business date now: of this outlet, or the one that most outlets have; of two as common, the earlier. */
export function businessDate(outlets: OutletSummary[], outletId?: string): string | undefined {
  const chosen = outlets.find(({ id }) => id === outletId);
  if (chosen !== undefined) return chosen.business_date;
  const counts = new Map<string, number>();
  for (const { state, business_date } of outlets) {
    if (state === "active") counts.set(business_date, (counts.get(business_date) ?? 0) + 1);
  }
  const dates = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b));
  return dates[0]?.[0];
}

/** Today, at this outlet or at most of them. Before the hub has answered, the date of this device. */
export function useToday(outletId?: string): string {
  const { data } = useOutlets();
  return businessDate(data ?? [], outletId) ?? calendarDate();
}
