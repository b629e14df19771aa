import { expect, test } from "vitest";
import { floor, minutesSince } from "./floor";

const table = (name: string, area: string | null = "Dalam") => ({ name, area, seats: 4, box: null });
const order = (id: string, table_number: string | null, total: number, created_at = "2026-11-30T05:00:00Z") => ({
  id,
  table_number,
  total,
  paid: 0,
  created_at,
});

test("tables are in the sequence of their numbers, by area, those without an area last", () => {
  const areas = floor([table("10"), table("2"), table("A", null), table("1", "Teras")], []);
  expect(areas.map(({ name, places }) => [name, places.map(({ table }) => table.name)])).toEqual([
    ["Dalam", ["2", "10"]],
    ["Teras", ["1"]],
    [null, ["A"]],
  ]);
});

test("a table sums its open orders since the oldest", () => {
  const orders = [order("b", "2", 30_000, "2026-11-30T06:00:00Z"), { ...order("a", "2", 50_000), paid: 20_000 }];
  const place = floor([table("2")], orders)[0]?.places[0];
  expect(place).toMatchObject({ due: 60_000, since: "2026-11-30T05:00:00Z" });
  expect(place?.orders).toHaveLength(2);
});

test("a table has its bill once that of each of its orders was printed", () => {
  const printed = { ...order("a", "2", 10_000), bill_at: "2026-11-30T06:10:00Z" };
  const hasBill = (...orders: ReturnType<typeof order>[]) => floor([table("2")], orders)[0]?.places[0]?.hasBill;
  expect(hasBill(printed)).toBe(true);
  expect(hasBill(printed, order("b", "2", 5_000))).toBe(false);
  expect(hasBill()).toBe(false);
});

test("an order at a table that was deleted is not lost", () => {
  const areas = floor([], [order("a", "99", 10_000), order("b", null, 5_000)]);
  expect(areas[0]?.places.map(({ table }) => table.name)).toEqual(["99"]);
});

test("U55 a time that cannot be read has no duration, and none is negative", () => {
  const now = Date.parse("2026-11-30T06:30:00Z");
  expect(minutesSince("2026-11-30T06:00:00Z", now)).toBe(30);
  expect(minutesSince("2026-11-30T07:00:00Z", now)).toBe(0);
  expect(minutesSince("kemarin", now)).toBeNull();
});
