// Whether the outlet's server answers. Only its own answers count: the browser's idea of "online" knows nothing about the shop's
// network. It takes two beats to change, so that a link that flaps does not flicker.

export interface Reach {
  online: boolean;
  /** Beats in a row that say the opposite. */
  against: number;
}

export const BEATS_TO_CHANGE = 2;

export const REACHABLE: Reach = { online: true, against: 0 };

/** Takes the result of a beat: the server has answered, or it has not. */
export function beat(reach: Reach, answered: boolean): Reach {
  if (answered === reach.online) return reach.against === 0 ? reach : { ...reach, against: 0 };
  const against = reach.against + 1;
  return against >= BEATS_TO_CHANGE ? { online: answered, against: 0 } : { ...reach, against };
}
