import { expect, test } from "vitest";
import { ageOf } from "./age";

const limits = { waitMinutes: 8, lateMinutes: 15 };
const SENT = "2026-11-30T10:00:00.000Z";
const after = (minutes: number) => Date.parse(SENT) + minutes * 60_000;

test("a ticket waits long after 8 minutes and too long after 15", () => {
  for (const [minutes, tone] of [
    [0, "calm"],
    [7.9, "calm"],
    [8, "wait"],
    [14.9, "wait"],
    [15, "late"],
    [90, "late"],
  ] as const) {
    expect(ageOf(SENT, after(minutes), limits)).toMatchObject({ minutes: Math.floor(minutes), tone });
  }
  expect(ageOf(SENT, after(7.5), limits).part).toBe(0.5);
  expect(ageOf(SENT, after(60), limits).part).toBe(1);
});

test("U55 a broken time shows no number and a ticket of the future is new", () => {
  expect(ageOf("yesterday", after(0), limits)).toEqual({ minutes: null, tone: "calm", part: 0 });
  expect(ageOf(SENT, after(-5), limits)).toEqual({ minutes: 0, tone: "calm", part: 0 });
});
