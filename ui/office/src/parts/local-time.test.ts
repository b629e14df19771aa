import { expect, test } from "vitest";
import { fromLocal, toLocal } from "./local-time";

test("a moment keeps its date and its time of day", () => {
  const at = "2026-11-22T16:59:00Z";
  expect(fromLocal(toLocal(at, "00:00"))).toBe(at);
  expect(fromLocal({ date: "2026-11-22", clock: "8.05" })).toBe(fromLocal({ date: "2026-11-22", clock: "08:05" }));
});

test("no date is no moment", () => {
  expect(toLocal(null, "23:59")).toEqual({ date: "", clock: "23:59" });
  expect(fromLocal({ date: "", clock: "23:59" })).toBeNull();
});
