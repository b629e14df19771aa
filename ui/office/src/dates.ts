// Periods of business dates, `YYYY-MM-DD`. Dates are counted in UTC so that no zone shifts them.

export type Preset = "today" | "yesterday" | "last7" | "last30" | "month";

export interface Period {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;

/** The date of this device's calendar, where no outlet's business date is known. */
export function calendarDate(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** All dates of a period, both ends included. */
export function daysOf({ from, to }: Period): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}

export function presetPeriod(preset: Preset, today: string): Period {
  switch (preset) {
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case "last7":
      return { from: addDays(today, -6), to: today };
    case "last30":
      return { from: addDays(today, -29), to: today };
    case "month":
      return { from: `${today.slice(0, 8)}01`, to: today };
  }
}

/** The longest period that the hub reports at once. */
const LONGEST_DAYS = 366;

/** The period of the address: two dates in order, or a preset. */
export function chosenPeriod(
  search: { period?: Preset | undefined; from?: string | undefined; to?: string | undefined },
  preset: Preset,
  today: string,
): Period {
  const { from, to } = search;
  if (search.period !== undefined || from === undefined || to === undefined) {
    return presetPeriod(search.period ?? preset, today);
  }
  const period = from <= to ? { from, to } : { from: to, to: from };
  const earliest = addDays(period.to, 1 - LONGEST_DAYS);
  return period.from < earliest ? { from: earliest, to: period.to } : period;
}
