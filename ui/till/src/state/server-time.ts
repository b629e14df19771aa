// The server's time, by this device's clock and the difference that the server's answers have shown.

import { type Clock, RIGHT_CLOCK, serverNow } from "./clock";
import { Store } from "./store";

export const clock = new Store<Clock>(RIGHT_CLOCK);

/** The server's time now, in milliseconds. */
export function now(): number {
  return serverNow(clock.get(), Date.now());
}
