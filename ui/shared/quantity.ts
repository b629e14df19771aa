// Quantities of lines, as people read them.

interface Amount {
  qty: number;
  /** Decimal places: 0, or 3 for what is weighed. */
  qty_scale: number;
}

/** `2` pieces, or `1,237` of what is weighed. */
export function quantityText({ qty, qty_scale: scale }: Amount): string {
  return scale === 0 ? String(qty) : (qty / 10 ** scale).toFixed(scale).replace(".", ",");
}
