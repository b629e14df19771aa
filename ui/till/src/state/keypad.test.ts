import { grouped } from "@shared/money";
import { expect, test } from "vitest";
import { EMPTY_PAD, type Key, keyOf, type Pad, press, pressPin, suggested, typed, value } from "./keypad";

const keys = (pad: Pad, ...list: Key[]) => list.reduce((now, key) => press(now, key, 9), pad);

test("digits push in from the right", () => {
  expect(grouped(value(keys(EMPTY_PAD, "1", "2", "000")))).toBe("12.000");
  expect(value(keys(EMPTY_PAD, "0", "00", "5", "back", "7"))).toBe(7);
  expect(value(EMPTY_PAD)).toBe(0);
});

test("U9 a preset then a digit appends to digits, not to formatted text", () => {
  expect(value(keys(typed(50_000), "5"))).toBe(500_005);
});

test("U17 digits replace a suggested value, then continue", () => {
  expect(value(keys(suggested(3), "1", "2"))).toBe(12);
  expect(value(keys(suggested(84_000), "back"))).toBe(0);
});

test("U18 a number that is full ignores further digits", () => {
  expect(keys(typed(999_999_999), "9", "000")).toEqual(typed(999_999_999));
});

test("zeros of a PIN count, and no PIN is longer than allowed", () => {
  const pin = (["0", "0", "4", "2", "1"] as Key[]).reduce((now, key) => pressPin(now, key, 4), "");
  expect(pin).toBe("0042");
  expect(pressPin(pin, "back", 4)).toBe("004");
});

test("keys of a keyboard are keys of the pad", () => {
  expect([keyOf("7"), keyOf("Backspace"), keyOf("a"), keyOf("F8")]).toEqual(["7", "back", null, null]);
});
