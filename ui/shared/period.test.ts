import { expect, test } from "vitest";
import { addDays, calendarDate, chosenPeriod, daysOf, presetPeriod } from "./period";

const TODAY = "2026-03-01";

test("periods cross months and leap days", () => {
  expect(calendarDate(new Date(2026, 2, 1, 23, 30))).toBe(TODAY);
  expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
  expect(presetPeriod("yesterday", TODAY)).toEqual({ from: "2026-02-28", to: "2026-02-28" });
  expect(presetPeriod("last7", TODAY)).toEqual({ from: "2026-02-23", to: "2026-03-01" });
  expect(presetPeriod("month", TODAY)).toEqual({ from: "2026-03-01", to: "2026-03-01" });
  expect(presetPeriod("last_month", TODAY)).toEqual({ from: "2026-02-01", to: "2026-02-28" });
  expect(daysOf({ from: "2026-02-27", to: "2026-03-01" })).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
});

test("a period in the address is put in order and no longer than a year", () => {
  expect(chosenPeriod({ from: "2026-03-05", to: "2026-03-01" }, "last7", TODAY)).toEqual({
    from: "2026-03-01",
    to: "2026-03-05",
  });
  expect(chosenPeriod({ from: "2020-01-01", to: "2026-03-01" }, "last7", TODAY).from).toBe("2025-03-01");
});
