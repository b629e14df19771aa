// Barcodes with a price or a weight, as the shop's scale prints them. The server reads them again by the same rules:
// `domain::barcode`, with the same cases in `golden/barcodes.json`.

import { weighedAmount } from "./weight";

export interface Pattern {
  /** 13 characters: a prefix, then I for the item, P (price) or W (grams), and C at the end. */
  pattern: string;
  /** What a price in the code is multiplied by; absent: 1. */
  factor?: number;
}

/** The item code of a code, and its price or grams. */
export interface Scanned {
  item: string;
  kind: "price" | "grams";
  value: number;
}

export type Refused = "not_by_weight" | "no_price" | "zero";

/** What a code sells: pieces or thousandths, and the amount of the line. */
export interface Sold {
  qty: number;
  amount: number;
}

function hasCheckDigit(code: string): boolean {
  const sum = [...code].reduce((sum, digit, at) => sum + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** Reads a code by the pattern that it fits; null for any other code. Scanners that drop the leading zero send 12 digits. */
export function read(patterns: readonly Pattern[], scanned: string): Scanned | null {
  const code = scanned.length === 12 ? `0${scanned}` : scanned;
  if (!/^\d{13}$/.test(code) || !hasCheckDigit(code)) return null;
  const fits = ({ pattern }: Pattern) => [...pattern].every((of, at) => !/\d/.test(of) || of === code[at]);
  const found = patterns.find(fits);
  if (found === undefined) return null;
  const digits = (letter: string) => [...code].filter((_, at) => found.pattern[at] === letter).join("");
  const price = digits("P");
  if (price === "") return { item: digits("I"), kind: "grams", value: Number(digits("W")) };
  return { item: digits("I"), kind: "price", value: Number(price) * (found.factor ?? 1) };
}

/** An item code for comparison: scales print leading zeros that people do not type. */
export function itemKey(item: string): string {
  return item.trim().replace(/^0+/, "");
}

/** How much a code sells of a product of this price and scale. A price in the code is the amount. */
export function sold({ kind, value }: Scanned, price: number, scale: number): Sold | Refused {
  if (value === 0) return "zero";
  if (scale === 0) return kind === "grams" ? "not_by_weight" : { qty: 1, amount: value };
  if (price <= 0) return "no_price";
  if (kind === "grams") return { qty: value, amount: weighedAmount(price, value) };
  // A price of less than half a gram is sold as one.
  const grams = Math.max(1, Math.floor((value * 2_000 + price) / (2 * price)));
  return { qty: grams, amount: value };
}
