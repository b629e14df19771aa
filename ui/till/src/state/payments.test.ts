import { expect, test } from "vitest";
import { received, settling, standing } from "./payments";

const rows = [{ id: "cash" }, { id: "back", reverses: "cash", reason: "Salah pencet" }, { id: "card" }];

test("a payment that was taken back stays visible, with its reversal", () => {
  expect(received(rows)).toEqual([
    { payment: rows[0], reversal: rows[1] },
    { payment: rows[2], reversal: null },
  ]);
});

test("only what was not taken back counts", () => {
  expect(standing(rows).map(({ id }) => id)).toEqual(["card"]);
});

test("who corrected a payment did not settle the order", () => {
  const at = (minute: number) => `2026-11-30T07:0${minute}:00Z`;
  const all = rows.map((row, index) => ({ ...row, created_at: at(index + 1) }));
  expect(settling(all, at(1))?.id).toBe("cash");
  expect(settling(all, at(3))?.id).toBe("card");
  expect(settling(all, at(0))).toBeNull();
});
