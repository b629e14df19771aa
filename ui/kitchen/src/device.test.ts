import { expect, test } from "vitest";
import { parse } from "./device";

const NEW = { place: "all", waitMinutes: 8, lateMinutes: 15, sound: true };

test("settings are read as they were stored", () => {
  const stored = { place: "bar", waitMinutes: 3, lateMinutes: 5, sound: false };
  expect(parse(JSON.stringify(stored))).toEqual(stored);
});

test("what cannot be read is as in a new browser", () => {
  for (const text of [null, "", "{", "null", "7", '"bar"', "[]", "{}"]) expect(parse(text)).toEqual(NEW);
  const damaged = { place: "terrace", waitMinutes: "3", lateMinutes: 2.5, sound: "no", more: 1 };
  expect(parse(JSON.stringify(damaged))).toEqual(NEW);
  for (const minutes of [0, -1, 241, 1e9]) expect(parse(JSON.stringify({ waitMinutes: minutes }))).toEqual(NEW);
});

test("too long is never before long", () => {
  expect(parse(JSON.stringify({ waitMinutes: 20, lateMinutes: 10 }))).toMatchObject({
    waitMinutes: 20,
    lateMinutes: 20,
  });
  expect(parse(JSON.stringify({ waitMinutes: 20 }))).toMatchObject({ waitMinutes: 20, lateMinutes: 20 });
});
