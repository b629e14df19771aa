import { expect, test } from "vitest";
import { hours } from "./hours";

const clock = (hour: string) => `${hour}.00`;

test("hours without a sale are shown as zero", () => {
  const shown = hours(
    [
      { hour: 9, orders: 1, sales: 10_000 },
      { hour: 11, orders: 2, sales: 30_000 },
    ],
    4,
    clock,
  );
  expect(shown).toEqual([
    { at: "09.00", sales: 10_000 },
    { at: "10.00", sales: 0 },
    { at: "11.00", sales: 30_000 },
  ]);
});

test("a business day that ends after midnight keeps its order", () => {
  const shown = hours(
    [
      { hour: 1, orders: 1, sales: 7 },
      { hour: 22, orders: 1, sales: 5 },
    ],
    4,
    clock,
  );
  expect(shown.map((hour) => hour.at)).toEqual(["22.00", "23.00", "00.00", "01.00"]);
  expect(hours([], 4, clock)).toEqual([]);
});
