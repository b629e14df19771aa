import { expect, test } from "vitest";
import type { OutletSummary } from "../api/queries";
import { businessDate } from "./today";

const outlet = (id: string, business_date: string, state: OutletSummary["state"] = "active") =>
  ({ id, business_date, state }) as OutletSummary;

test("today is the date of the outlet, and of most outlets for the chain", () => {
  const outlets = [outlet("a", "2026-03-01"), outlet("b", "2026-02-28"), outlet("c", "2026-02-28")];
  expect(businessDate(outlets, "a")).toBe("2026-03-01");
  expect(businessDate(outlets)).toBe("2026-02-28");
  expect(businessDate(outlets.slice(0, 2))).toBe("2026-02-28");
  expect(businessDate([...outlets, outlet("d", "2026-03-01"), outlet("e", "2026-03-01", "revoked")])).toBe(
    "2026-02-28",
  );
  expect(businessDate([])).toBeUndefined();
});
