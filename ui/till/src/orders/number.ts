/** The part of an order's number that differs within a day: `0007` of `JKT-001-20261130-0007`. */
export function shortNumber(number: string): string {
  return number.match(/(?:R\d+-)?R?\d+$/)?.[0] ?? number;
}
