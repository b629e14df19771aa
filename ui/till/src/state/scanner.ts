// Recognizes a barcode scanner, which types like a keyboard but faster than any person: at most 35 ms between keys, at least four
// characters, then Enter or 60 ms of silence. Times are passed in.

/** Longest pause within a scan, in milliseconds. */
export const BURST_MS = 35;
/** Silence that ends a scan, in milliseconds. */
export const SILENCE_MS = 60;
const SHORTEST = 4;

export interface Burst {
  keys: string;
  lastAt: number;
}

/** A scan, or a key that a person has pressed. */
export type Input = { kind: "scan"; code: string } | { kind: "key"; key: string };

export const NO_BURST: Burst = { keys: "", lastAt: 0 };

function isCharacter(key: string): boolean {
  return [...key].length === 1;
}

/** Ends a burst: a scan if it is long enough, otherwise the keys that a person has pressed. */
function finished(burst: Burst): Input[] {
  if (burst.keys.length >= SHORTEST) return [{ kind: "scan", code: burst.keys }];
  return [...burst.keys].map((key) => ({ kind: "key", key }));
}

/**
 * Takes a key. Returns the burst that continues, and what has become certain. A key that repeats because it is held down is fast as
 * well, but no scanner holds keys.
 */
export function feed(burst: Burst, key: string, at: number, held = false): { burst: Burst; inputs: Input[] } {
  const continues = !held && burst.keys !== "" && at - burst.lastAt <= BURST_MS;
  if (key === "Enter" || key === "Tab") {
    // A scanner's suffix belongs to the scan; a person's Enter is a key.
    if (continues && burst.keys.length >= SHORTEST) return { burst: NO_BURST, inputs: finished(burst) };
    return { burst: NO_BURST, inputs: [...finished(burst), { kind: "key", key }] };
  }
  if (!isCharacter(key)) return { burst: NO_BURST, inputs: [...finished(burst), { kind: "key", key }] };
  if (continues) return { burst: { keys: burst.keys + key, lastAt: at }, inputs: [] };
  return { burst: { keys: key, lastAt: at }, inputs: finished(burst) };
}

/** Advances the time. Silence ends a burst, and a short one earlier: a person's key must not wait. */
export function tick(burst: Burst, at: number): { burst: Burst; inputs: Input[] } {
  const wait = burst.keys.length >= SHORTEST ? SILENCE_MS : BURST_MS;
  if (burst.keys === "" || at - burst.lastAt < wait) return { burst, inputs: [] };
  return { burst: NO_BURST, inputs: finished(burst) };
}

/** Whether the keys so far can only come from a scanner: no person's key may be swallowed. */
export function isScanning(burst: Burst): boolean {
  return burst.keys.length >= SHORTEST;
}
