// Moments as a date and a time of day in the zone of this device, as people type them.

import { clockText, typedClock } from "@shared/clock";

export interface LocalMoment {
  /** `2026-11-22`; empty for no moment. */
  date: string;
  /** `08:00` */
  clock: string;
}

export function toLocal(at: string | null, clock: string): LocalMoment {
  if (at === null) return { date: "", clock };
  const time = new Date(at);
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return { date: shifted.toISOString().slice(0, 10), clock: clockText(time.getHours() * 60 + time.getMinutes()) };
}

/** RFC 3339 UTC; null for no date. The time of day must be readable. */
export function fromLocal({ date, clock }: LocalMoment): string | null {
  if (date === "") return null;
  const time = new Date(`${date}T${clockText(typedClock(clock) ?? 0)}`);
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
