// What a form about many prices asks the server for.

import { typedPercent } from "@shared/percent";
import type { ChangePrice } from "../api/types";

export type Way = "add" | "percent" | "set";

/** The change that was typed; null while it is incomplete or changes nothing. */
export function priceChange(way: Way, amount: number | null, percent: string, roundTo: number): ChangePrice | null {
  const rounded = roundTo > 0 ? { round_to: roundTo } : {};
  if (way === "percent") {
    const rate = typedPercent(percent);
    return rate === null || rate === 0 ? null : { percent_bp: rate, ...rounded };
  }
  if (amount === null) return null;
  if (way === "set") return { set: Math.abs(amount) };
  return amount === 0 ? null : { add: amount, ...rounded };
}
