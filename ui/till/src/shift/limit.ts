import type { Movement } from "./api";

/** Whether taking out this amount too would exceed the limit of a shift. What was approved does not count; null: no limit. */
export function needsApproval(
  movements: readonly Pick<Movement, "kind" | "amount" | "approved_by">[],
  amount: number,
  limit: number | null,
): boolean {
  if (limit === null) return false;
  const taken = movements
    .filter(({ kind, approved_by }) => kind === "out" && approved_by == null)
    .reduce((sum, movement) => sum + movement.amount, 0);
  return taken + amount > limit;
}
