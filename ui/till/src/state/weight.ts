// Quantities of goods sold by weight: whole thousandths of a unit, as grams of a kilogram.

/** The largest weight that is typed in: 999,999 units. */
export const MAX_WEIGHT = 999_999;

/** What a weight costs, rounded once, half up. */
export function weighedAmount(price: number, qty: number): number {
  return Math.floor((price * qty + 500) / 1_000);
}
