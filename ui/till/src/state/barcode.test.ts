import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { itemKey, type Pattern, read, sold } from "./barcode";

interface File {
  patterns: Pattern[];
  cases: { about: string; code: string; price: number; qty_scale: number; expected: object }[];
}

// The server's tests read the same cases.
const { patterns, cases } = JSON.parse(readFileSync("../crates/domain/golden/barcodes.json", "utf8")) as File;

test.each(cases.map((each) => [each.about, each] as const))("%s", (_, { code, price, qty_scale, expected }) => {
  const scanned = read(patterns, code);
  const found = scanned === null ? "unknown" : sold(scanned, price, qty_scale);
  expect(typeof found === "string" ? { refused: found } : { item: scanned?.item, ...found }).toEqual(expected);
});

test("there are cases of each kind", () => {
  expect(cases.length).toBeGreaterThan(15);
});

test("an item code is compared without leading zeros", () => {
  expect(itemKey("00123")).toBe(itemKey(" 123"));
  expect(itemKey("1230")).not.toBe(itemKey("123"));
});
