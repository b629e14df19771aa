import { expect, test } from "vitest";
import { isOlder, newer } from "./versions";

test("U30 answers in the wrong order: the newer version wins", () => {
  const [old, next] = [
    { id: "a", version: 1 },
    { id: "a", version: 2 },
  ];
  expect(newer(old, next)).toBe(next);
  expect(newer(next, old)).toBe(next);
  expect(newer(undefined, old)).toBe(old);
  expect(newer(next, { id: "b", version: 1 }).id).toBe("b");
});

test("U30 an older catalog is recognized within an epoch only", () => {
  expect(isOlder("e1-9", "e1-10")).toBe(true);
  expect(isOlder("e1-10", "e1-10")).toBe(false);
  expect(isOlder("e1-9", "e2-10")).toBe(false);
});
