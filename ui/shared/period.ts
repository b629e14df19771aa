// Periods of business dates, `YYYY-MM-DD`. Dates are counted in UTC so that no zone shifts them.

/** The usual periods. */
export const PRESETS = ["today", "yesterday", "last7", "last30", "month", "last_month"] as const;
export type Preset = (typeof PRESETS)[number];

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

export function isDate(value: string): boolean {
  const at = new Date(`${value}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

const firstOfMonth = (date: string): string => `${date.slice(0, 8)}01`;

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
      return { from: firstOfMonth(today), to: today };
    case "last_month": {
      const to = addDays(firstOfMonth(today), -1);
      return { from: firstOfMonth(to), to };
    }
  }
}

/** The longest period that the servers report at once. */
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
