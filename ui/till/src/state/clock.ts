// The device's clock against the server's. Tablets are often wrong by days; the server's time counts.

export interface Clock {
  /** Server time minus device time, in milliseconds. */
  offsetMs: number;
}

/** A difference that causes a notice, in milliseconds. */
const TOLD_MS = 2 * 60_000;

export const RIGHT_CLOCK: Clock = { offsetMs: 0 };

/** Compares: the server wrote its time halfway between `sentAt` and `answeredAt` of the device. */
export function compare(serverTime: string, sentAt: number, answeredAt: number): Clock | null {
  const server = Date.parse(serverTime);
  if (Number.isNaN(server) || answeredAt < sentAt) return null;
  return { offsetMs: server - (sentAt + answeredAt) / 2 };
}

/** The server's time, from the device's. */
export function serverNow(clock: Clock, deviceNow: number): number {
  return deviceNow + clock.offsetMs;
}

/** By how many minutes the device is wrong, if that is worth telling; positive: it is behind. */
export function wrongMinutes(clock: Clock): number | null {
  return Math.abs(clock.offsetMs) > TOLD_MS ? Math.round(clock.offsetMs / 60_000) : null;
}
