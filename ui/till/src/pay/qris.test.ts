import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { qrisCode } from "./qris";

interface Case {
  number: number;
  kind: string;
  given: { amount: number };
  expected: { dynamic: string };
}

const cases = JSON.parse(readFileSync("../crates/domain/golden/figures.json", "utf8")) as Case[];
const golden = cases.filter(({ kind }) => kind === "qris");

test.each(golden.map((each) => [each.number, each] as const))("golden figure %i", (_, { given, expected }) => {
  const amount = String(given.amount);
  const [head = "", tail = ""] = expected.dynamic.split(`54${String(amount.length).padStart(2, "0")}${amount}`);
  const template = { head, tail: tail.slice(0, -8), has_amount: true };
  expect(qrisCode(template, given.amount)).toBe(expected.dynamic);
});

test("there are golden figures", () => {
  expect(golden.length).toBe(2);
});

test("a code without an amount is the static one", () => {
  const [head, tail] = ["000201010211", "5303360"];
  const [one, other] = [1, 99_999].map((amount) => qrisCode({ head, tail, has_amount: false }, amount));
  expect(one).toBe(other);
  expect(one).toMatch(/^00020101021153033606304[0-9A-F]{4}$/);
});
