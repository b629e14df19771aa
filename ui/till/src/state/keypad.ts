// The digits of a keypad: an amount, a quantity or a PIN. Digits are appended to digits, never to formatted text.

export interface Pad {
  digits: string;
  /** The value was set beforehand: the first digit replaces it. */
  fresh: boolean;
}

export type Key = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "00" | "000" | "back" | "clear";

export const EMPTY_PAD: Pad = { digits: "", fresh: false };

/** A value that the first digit replaces: a quantity of a line, the amount due. */
export function suggested(value: number): Pad {
  return { digits: String(value), fresh: true };
}

/** A value that the next digit continues, as if it had been typed. */
export function typed(value: number): Pad {
  return { digits: String(value), fresh: false };
}

/** Presses a key of a number with at most `most` digits. Leading zeros do not appear. */
export function press(pad: Pad, key: Key, most: number): Pad {
  if (key === "clear") return EMPTY_PAD;
  if (key === "back") return pad.fresh ? EMPTY_PAD : { digits: pad.digits.slice(0, -1), fresh: false };
  const digits = ((pad.fresh ? "" : pad.digits) + key).replace(/^0+(?=\d)/, "");
  return digits.length > most ? { ...pad, fresh: false } : { digits, fresh: false };
}

/** Presses a key of a PIN with at most `most` digits, where zeros count. */
export function pressPin(pin: string, key: Key, most: number): string {
  if (key === "clear") return "";
  if (key === "back") return pin.slice(0, -1);
  return pin.length + key.length > most ? pin : pin + key;
}

export function value(pad: Pad): number {
  return pad.digits === "" ? 0 : Number(pad.digits);
}

/** The key of the pad for a key of a keyboard. */
export function keyOf(name: string): Key | null {
  if (/^[0-9]$/.test(name)) return name as Key;
  if (name === "Backspace") return "back";
  if (name === "Delete") return "clear";
  return null;
}
