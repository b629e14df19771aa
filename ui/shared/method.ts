import type { SharedTextId } from "./text/provider";

export const METHODS = ["cash", "qris", "card", "transfer", "ewallet", "other"] as const;

/** What reports set apart of the tenders of the chain. */
export const SPECIALS = ["platform", "voucher", "house", "writeoff"] as const;
export type Special = (typeof SPECIALS)[number];

/** The word of a payment method; one of a later version is shown as another method. */
export function method(name: string): SharedTextId {
  return `method.${METHODS.find((known) => known === name) ?? "other"}`;
}
