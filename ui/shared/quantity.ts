// Quantities of lines, as people read them.

import { grouped } from "./money";

interface Amount {
  qty: number;
  /** Decimal places: 0, or 3 for what is weighed. */
  qty_scale: number;
  /** The unit of what is weighed. */
  unit?: string | null;
}

/** `2` pieces, or `1,237 kg` of what is weighed. */
export function quantityText({ qty, qty_scale: scale, unit }: Amount): string {
  return scale === 0 ? String(qty) : weightText(qty, unit);
}

/** Sold pieces and weights of a product or group: `12`, `0,685`, or both. */
export function soldText(pieces: number, weighed: number): string {
  const parts = [
    ...(pieces !== 0 || weighed === 0 ? [grouped(pieces)] : []),
    ...(weighed === 0 ? [] : [weightText(weighed)]),
  ];
  return parts.join(" + ");
}

/** Thousandths of a unit: `1,237 kg`. */
export function weightText(qty: number, unit?: string | null): string {
  const number = (qty / 1_000).toFixed(3).replace(".", ",");
  return unit ? `${number}\u00a0${unit}` : number;
}
