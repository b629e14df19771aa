// How long a ticket waits: the number and the bar that everybody sees.

export type Tone = "calm" | "wait" | "late";

export interface Age {
  /** Whole minutes; null for a time that cannot be read. */
  minutes: number | null;
  tone: Tone;
  /** Part of the bar that is filled, 0 to 1. */
  part: number;
}

interface Limits {
  waitMinutes: number;
  lateMinutes: number;
}

const MINUTE_MS = 60_000;

/** The age of a ticket by the server's clock. A ticket of the future has just been sent. */
export function ageOf(sentAt: string, now: number, { waitMinutes, lateMinutes }: Limits): Age {
  const ms = now - Date.parse(sentAt);
  if (Number.isNaN(ms)) return { minutes: null, tone: "calm", part: 0 };
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  const tone = minutes >= lateMinutes ? "late" : minutes >= waitMinutes ? "wait" : "calm";
  return { minutes, tone, part: Math.min(1, Math.max(0, ms / (lateMinutes * MINUTE_MS))) };
}
