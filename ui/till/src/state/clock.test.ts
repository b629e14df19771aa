import { expect, test } from "vitest";
import { compare, RIGHT_CLOCK, serverNow, wrongMinutes } from "./clock";

const DAY_MS = 86_400_000;

test("U42 a tablet a day off: times follow the server, and the cashier sees a notice", () => {
  const device = Date.parse("2026-11-29T10:00:00Z");
  const clock = compare("2026-11-30T10:00:00Z", device - 50, device + 50);
  expect(clock).toEqual({ offsetMs: DAY_MS });
  expect(serverNow(clock ?? RIGHT_CLOCK, device)).toBe(device + DAY_MS);
  expect(wrongMinutes(clock ?? RIGHT_CLOCK)).toBe(1440);
});

test("small differences cause no notice", () => {
  expect(wrongMinutes({ offsetMs: 119_000 })).toBeNull();
  expect(wrongMinutes({ offsetMs: -121_000 })).toBe(-2);
});

test("an unreadable time, or a clock that was set back meanwhile, says nothing", () => {
  expect(compare("soon", 1, 2)).toBeNull();
  expect(compare("2026-11-30T10:00:00Z", 2, 1)).toBeNull();
});
