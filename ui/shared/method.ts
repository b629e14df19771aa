import type { SharedTextId } from "./text/provider";

const METHODS = ["cash", "qris", "card", "transfer", "ewallet"] as const;

/** The word of a payment method; one of a later version is shown as another method. */
export function method(name: string): SharedTextId {
  return `method.${METHODS.find((known) => known === name) ?? "other"}`;
}
