import fc from "fast-check";
import { expect, test } from "vitest";
import { typedDate } from "./time";

test("a typed date is read in both orders and both languages", () => {
  expect(typedDate("22/11/2026")).toBe("2026-11-22");
  expect(typedDate("2 Mei 2026")).toBe("2026-05-02");
  expect(typedDate("2 may 2026")).toBe("2026-05-02");
  expect(typedDate("2026-11-22")).toBe("2026-11-22");
});

test("what is no date is refused", () => {
  for (const text of ["", "31/2/2026", "0/1/2026", "1/13/2026", "1 foo 2026", "22/11", "22/11/26"]) {
    expect(typedDate(text)).toBeNull();
  }
  fc.assert(
    fc.property(fc.string(), (text) => typedDate(text) === null || /^\d{4}-\d\d-\d\d$/.test(typedDate(text) ?? "")),
  );
});
