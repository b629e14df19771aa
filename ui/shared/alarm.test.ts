import { expect, test } from "vitest";
import { failingPrinters } from "./alarm";

const printer = (name: string, reason = "unreachable") => ({
  id: "printer_fails",
  args: { name, reason, waiting: 1, lost: 0 },
});

test("an alarm names the printers that fail, and counts those that it does not name", () => {
  const printers = [printer("Dapur"), printer("Bar", "paper_out"), { id: "more", args: { count: 2 } }];
  expect(failingPrinters({ code: "printers_failing", args: { printers } })).toEqual({
    named: [
      { name: "Dapur", reason: "unreachable", lost: 0 },
      { name: "Bar", reason: "paper_out", lost: 0 },
    ],
    more: 2,
  });
  expect(failingPrinters({ code: "disk_low", args: { printers: "?" } })).toEqual({ named: [], more: 0 });
});
