import type { Today } from "../api/types";

/** All hours from the first to the last with a sale, gaps included. The business day begins at `startHour`. */
export function hours(found: Today["by_hour"], startHour: number, clock: (hour: string) => string) {
  const place = (hour: number) => (hour - startHour + 24) % 24;
  const sales = new Map(found.map(({ hour, sales }) => [place(hour), sales]));
  const places = [...sales.keys()];
  if (places.length === 0) return [];
  const first = Math.min(...places);
  return Array.from({ length: Math.max(...places) - first + 1 }, (_, at) => {
    const hour = (startHour + first + at) % 24;
    return { at: clock(String(hour).padStart(2, "0")), sales: sales.get(first + at) ?? 0 };
  });
}
