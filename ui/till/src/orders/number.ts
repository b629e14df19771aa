/** The part of an order's number that differs within a day: `0007` of `JKT-001-20261130-0007`. */
export function shortNumber(number: string): string {
  return number.match(/(?:R\d+-)?\d+$/)?.[0] ?? number;
}

interface Amount {
  qty: number;
  /** Decimal places: 0, or 3 for what is weighed. */
  qty_scale: number;
}

/** `2` pieces, or `1,237` of what is weighed. */
export function quantityText({ qty, qty_scale: scale }: Amount): string {
  return scale === 0 ? String(qty) : (qty / 10 ** scale).toFixed(scale).replace(".", ",");
}
