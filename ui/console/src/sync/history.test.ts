import { expect, test } from "vitest";
import type { HistoryStep } from "../api/types";
import { fillHistory, historyDays } from "./history";

const point = (from: string, sent: number): HistoryStep => ({
  from,
  sent,
  failed: 0,
  rounds: 1,
  failed_rounds: 0,
  pending_max: 2,
  delay_ms_p50: null,
  delay_ms_p99: null,
});

test("the days of the chart are those of the shop's calendar", () => {
  // 20:30 in UTC is 03:30 of the next day in Jakarta.
  expect(historyDays("2026-11-29T20:30:00Z", 420, "hour")).toEqual({ from: "2026-11-29", to: "2026-11-30" });
  expect(historyDays("2026-11-29T20:30:00Z", 420, "day")).toEqual({ from: "2026-11-01", to: "2026-11-30" });
});

test("steps without a round are zero, and the last step is now", () => {
  const hours = fillHistory([point("2026-11-29T19:00:00Z", 7)], "2026-11-29T20:30:00Z", 420, "hour");
  expect(hours).toHaveLength(24);
  expect(hours.at(-1)).toEqual({ at: Date.parse("2026-11-29T20:00:00Z"), sent: 0, failed: 0, waiting: 0 });
  expect(hours.at(-2)).toEqual({ at: Date.parse("2026-11-29T19:00:00Z"), sent: 7, failed: 0, waiting: 2 });
});

test("days begin at the shop's midnight", () => {
  const days = fillHistory([point("2026-11-28T17:00:00Z", 5)], "2026-11-29T20:30:00Z", 420, "day");
  expect(days).toHaveLength(30);
  expect(days.at(-2)).toEqual({ at: Date.parse("2026-11-28T17:00:00Z"), sent: 5, failed: 0, waiting: 2 });
});
