// Times and dates for people, in the language of the page and the zone of the shop.

import { useMemo } from "react";
import { useIntl } from "react-intl";

/** Formats times. `zone` is the shop's time zone; without it the device's. */
export function useTime(zone?: string) {
  const intl = useIntl();
  return useMemo(() => {
    const timeZone = zone === undefined ? {} : { timeZone: zone };
    const clock = { hour: "2-digit", minute: "2-digit", hour12: false, ...timeZone } as const;
    return {
      /** `14.32` */
      clock: (at: string | number) => intl.formatTime(at, clock),
      /** `22 Nov 2026, 14.32` */
      moment: (at: string | number) =>
        intl.formatDate(at, { day: "numeric", month: "short", year: "numeric", ...clock }),
      /** A business date such as `2026-11-22` as `Min, 22 Nov 2026`; it has no zone. */
      day: (date: string) =>
        intl.formatDate(`${date}T00:00:00Z`, {
          weekday: "short",
          day: "numeric",
          month: "short",
          year: "numeric",
          timeZone: "UTC",
        }),
      /** `22 Nov` */
      short: (at: string | number) => intl.formatDate(at, { day: "numeric", month: "short", ...timeZone }),
      /** `3 menit yang lalu` */
      ago: (at: string | number, now: number) => {
        const seconds = Math.round((new Date(at).getTime() - now) / 1000);
        const size = Math.abs(seconds);
        if (size < 60) return intl.formatRelativeTime(0, "second", { numeric: "auto" });
        if (size < 3_600) return intl.formatRelativeTime(Math.round(seconds / 60), "minute");
        if (size < 86_400) return intl.formatRelativeTime(Math.round(seconds / 3_600), "hour");
        return intl.formatRelativeTime(Math.round(seconds / 86_400), "day");
      },
    };
  }, [intl, zone]);
}
