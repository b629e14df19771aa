import { expect, test } from "vitest";
import { closeBody, counted, type Draft, isDraft, newDraft, openingOf } from "./draft";

const draft = (change: Partial<Draft>): Draft => ({ ...newDraft("close:1", "key"), ...change });

test("a count by pieces sends what is there, and a count by sum its sum", () => {
  const pieces = draft({ pieces: { 2000: 12, 100000: 7, 500: 0 } });
  expect(counted(pieces)).toBe(724_000);
  const counts = [
    { denomination: 100_000, pieces: 7 },
    { denomination: 2_000, pieces: 12 },
  ];
  expect(openingOf(pieces)).toEqual(counts);
  expect(closeBody(pieces)).toEqual({ counts });
  const sum = draft({ mode: "sum", sum: 512_300, pieces: { 100000: 7 } });
  expect(counted(sum)).toBe(512_300);
  expect(openingOf(sum)).toBe(512_300);
  expect(closeBody(sum)).toEqual({ counted: 512_300 });
});

test("an empty drawer is a count too", () => {
  expect(openingOf(draft({}))).toBe(0);
  expect(closeBody(draft({}))).toEqual({ counted: 0 });
  expect(openingOf(draft({ mode: "sum" }))).toBe(0);
});

test("a close leaves out what was not entered", () => {
  expect(closeBody(draft({ mode: "sum", sum: 10_000, note: "  " }))).toEqual({ counted: 10_000 });
  const whole = draft({ mode: "sum", sum: 10_000, left: 0, tenders: { "card/a/b": 80_000, qris: 0 }, note: " Sepi " });
  expect(closeBody(whole)).toEqual({
    counted: 10_000,
    left_in_drawer: 0,
    tenders: [
      { method: "card", tender_id: "a/b", counted: 80_000 },
      { method: "qris", counted: 0 },
    ],
    note: "Sepi",
  });
});

test("a stored draft is read back, and anything else is not one", () => {
  expect(isDraft(JSON.parse(JSON.stringify(draft({ left: 5 }))))).toBe(true);
  expect(isDraft(null)).toBe(true);
  for (const broken of [undefined, {}, { ...draft({}), mode: "weight" }, "close:1"])
    expect(isDraft(broken)).toBe(false);
});
