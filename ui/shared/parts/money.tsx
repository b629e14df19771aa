import { rupiah } from "../money";

/** An amount, never broken across lines, with figures of equal width. */
export function Money({ amount }: { amount: number }) {
  return <span className="money">{rupiah(amount)}</span>;
}
