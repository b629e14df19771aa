// The steps of the history chart: the server leaves out steps without a round, a chart must not.

import type { HistoryStep } from "../api/types";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type Step = "hour" | "day";

/** How many steps a chart shows, the current one included. */
const STEPS = { hour: 24, day: 30 };

/** The first and last day to ask for, in the shop's calendar. */
export function historyDays(now: string, offsetMinutes: number, step: Step): { from: string; to: string } {
  const local = Date.parse(now) + offsetMinutes * 60_000;
  const first = step === "hour" ? local - DAY_MS : local - (STEPS.day - 1) * DAY_MS;
  const date = (at: number) => new Date(at).toISOString().slice(0, 10);
  return { from: date(first), to: date(local) };
}

export interface FilledPoint {
  at: number;
  sent: number;
  failed: number;
  waiting: number;
}

/** Every step up to now, zero where nothing happened. */
export function fillHistory(found: HistoryStep[], now: string, offsetMinutes: number, step: Step): FilledPoint[] {
  const size = step === "hour" ? HOUR_MS : DAY_MS;
  const offset = offsetMinutes * 60_000;
  const place = (at: number) => Math.floor((at + offset) / size);
  const points = new Map(found.map((point) => [place(Date.parse(point.from)), point]));
  const last = place(Date.parse(now));
  return Array.from({ length: STEPS[step] }, (_, at) => {
    const where = last - STEPS[step] + 1 + at;
    const point = points.get(where);
    return {
      at: where * size - offset,
      sent: point?.sent ?? 0,
      failed: point?.failed ?? 0,
      waiting: point?.pending_max ?? 0,
    };
  });
}
