// Times and dates for people, in the language of the page and the zone of the shop.

import { useMemo } from "react";
import { useIntl } from "react-intl";

/** What is shown instead of a time that cannot be read. */
const NO_TIME = "—";

/** Formats readable times only: the formatters of `Intl` throw at others, which would take the page down. */
function readable<Time extends string | number, Rest extends unknown[]>(format: (at: Time, ...rest: Rest) => string) {
  return (at: Time, ...rest: Rest) => (Number.isNaN(new Date(at).getTime()) ? NO_TIME : format(at, ...rest));
}

/** A date stays on one line: "30 Nov" and "2026" below it are hard to read. */
const together = (date: string) => date.replaceAll(" ", "\u00a0").replace(/,\u00a0(?=\d\d[.:])/, ", ");

/** Formats times. `zone` is the shop's time zone; without it the device's. */
export function useTime(zone?: string) {
  const intl = useIntl();
  return useMemo(() => {
    const timeZone = zone === undefined ? {} : { timeZone: zone };
    const clock = { hour: "2-digit", minute: "2-digit", hour12: false, ...timeZone } as const;
    return {
      /** `14.32` */
      clock: readable((at: string | number) => intl.formatTime(at, clock)),
      /** `22 Nov 2026, 14.32` */
      moment: readable((at: string | number) =>
        together(intl.formatDate(at, { day: "numeric", month: "short", year: "numeric", ...clock })),
      ),
      /** A business date such as `2026-11-22` as `Min, 22 Nov 2026`; it has no zone. */
      day: readable((date: string) =>
        together(
          intl.formatDate(`${date}T00:00:00Z`, {
            weekday: "short",
            day: "numeric",
            month: "short",
            year: "numeric",
            timeZone: "UTC",
          }),
        ),
      ),
      /** `22 Nov` */
      short: readable((at: string | number) => intl.formatDate(at, { day: "numeric", month: "short", ...timeZone })),
      /** `3 menit yang lalu` */
      ago: readable((at: string | number, now: number) => {
        const seconds = Math.round((new Date(at).getTime() - now) / 1000);
        const size = Math.abs(seconds);
        if (size < 60) return intl.formatRelativeTime(0, "second", { numeric: "auto" });
        if (size < 3_600) return intl.formatRelativeTime(Math.round(seconds / 60), "minute");
        if (size < 86_400) return intl.formatRelativeTime(Math.round(seconds / 3_600), "hour");
        return intl.formatRelativeTime(Math.round(seconds / 86_400), "day");
      }),
    };
  }, [intl, zone]);
}

/** The months as people write them, in both languages. */
const MONTHS: readonly string[] = [
  "jan januari january",
  "feb februari february",
  "mar maret march",
  "apr april",
  "mei may",
  "jun juni june",
  "jul juli july",
  "agt agu agustus aug august",
  "sep sept september",
  "okt oktober oct october",
  "nov november",
  "des desember dec december",
];

/** `22/11/2026`, `22 Nov 2026` or `2026-11-22` as `2026-11-22`; null if it is no date. */
export function typedDate(text: string): string | null {
  const parts = text
    .trim()
    .toLowerCase()
    .split(/[\s/.-]+/);
  const [year, month, day] = parts[0]?.length === 4 ? parts : [parts[2], parts[1], parts[0]];
  if (parts.length !== 3 || year === undefined || month === undefined || day === undefined) return null;
  const number = /^\d+$/.test(month)
    ? Number(month)
    : MONTHS.findIndex((names) => names.split(" ").includes(month)) + 1;
  if (!/^\d{4}$/.test(year) || !/^\d{1,2}$/.test(day) || number < 1 || number > 12) return null;
  const date = `${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`;
  const parsed = new Date(`${date}T00:00:00Z`);
  // The 31st of a shorter month becomes another day.
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date) ? date : null;
}
