// Times of day as minutes after midnight.

/** `240` as `04:00`. */
export function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** `4:00` or `04.00` as 240; null if it is no time of day. */
export function typedClock(text: string): number | null {
  const found = /^\s*([01]?\d|2[0-3])[.:]([0-5]\d)\s*$/.exec(text);
  return found === null ? null : Number(found[1]) * 60 + Number(found[2]);
}
