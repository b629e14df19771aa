import { expect, test } from "vitest";
import {
  asksOnce,
  type Choosable,
  choicesOf,
  choose,
  hasRoom,
  NO_CHOICES,
  pieceOf,
  priceOf,
  priceRange,
  problem,
  unchoose,
} from "./choice";

const level = {
  id: "level",
  name: "Level",
  min_selections: 1,
  max_selections: 1,
  options: [
    { id: "l0", name: "Tidak pedas", price_delta: 0 },
    { id: "l3", name: "Sangat pedas", price_delta: 1_500 },
  ],
};
const extra = {
  id: "extra",
  name: "Ekstra",
  min_selections: 0,
  max_selections: 3,
  options: [
    { id: "egg", name: "Telur", price_delta: 5_000 },
    { id: "half", name: "Setengah", price_delta: -3_000 },
  ],
};
const sizes = [
  { id: "s", name: "Kecil", price: 18_000 },
  { id: "l", name: "Besar", price: 29_000 },
];
const chicken: Choosable = { id: "p", name: "Ayam", price: 27_500, variants: [], modifier_groups: [level, extra] };

test("a required group must be answered, and the reason names it", () => {
  expect(problem(chicken, NO_CHOICES)).toEqual({ kind: "few", group: "Level", least: 1 });
  expect(problem(chicken, choose(level, NO_CHOICES, "l0"))).toBeNull();
});

test("in a group of one, another option replaces the first and a second tap takes it back", () => {
  const hot = choose(level, choose(level, NO_CHOICES, "l0"), "l3");
  expect(hot.options).toEqual({ l3: 1 });
  expect(choose(level, hot, "l3").options).toEqual({});
});

test("a group never exceeds its maximum", () => {
  const full = [1, 2, 3, 4].reduce((choices) => choose(extra, choices, "egg"), NO_CHOICES);
  expect(full.options).toEqual({ egg: 3 });
  expect(hasRoom(extra, full)).toBe(false);
  expect(choose(extra, full, "half")).toBe(full);
  expect(unchoose(full, "egg").options).toEqual({ egg: 2 });
});

test("the price runs along with variant and options", () => {
  const choices = choose(extra, choose(level, NO_CHOICES, "l3"), "egg");
  expect(priceOf(chicken, choices)).toBe(34_000);
  const fries = { ...chicken, variants: sizes, modifier_groups: [] };
  expect(priceOf(fries, { variantId: "l", options: {} })).toBe(29_000);
  expect(problem(fries, NO_CHOICES)).toEqual({ kind: "variant" });
  expect(priceRange(fries)).toEqual([18_000, 29_000]);
});

test("a price below zero is refused before the server refuses it", () => {
  const cheap = { ...chicken, price: 1_000 };
  expect(problem(cheap, choose(extra, choose(level, NO_CHOICES, "l0"), "half"))).toEqual({ kind: "negative" });
});

test("one tap is enough for a single question with a single answer", () => {
  expect(asksOnce({ ...chicken, variants: sizes, modifier_groups: [] })).toBe(true);
  expect(asksOnce({ ...chicken, modifier_groups: [level] })).toBe(true);
  expect(asksOnce({ ...chicken, modifier_groups: [extra] })).toBe(false);
  expect(asksOnce(chicken)).toBe(false);
});

test("the choices of a line are read back from it", () => {
  const choices = choose(extra, choose(level, NO_CHOICES, "l3"), "egg");
  expect(choicesOf(pieceOf(chicken, choices)).options).toEqual({ l3: 1, egg: 1 });
});
