// Times in fields of the type `datetime-local`: the zone of this device, without seconds.

export function toLocal(at: string | null): string {
  if (at === null) return "";
  const time = new Date(at);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** RFC 3339 UTC; null for an empty field. */
export function fromLocal(text: string): string | null {
  if (text === "") return null;
  return new Date(text).toISOString().replace(/\.\d+Z$/, "Z");
}
