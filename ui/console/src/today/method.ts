import type { TextId } from "../text";

const METHODS: Record<string, TextId> = {
  cash: "method.cash",
  qris: "method.qris",
  card: "method.card",
  transfer: "method.transfer",
  ewallet: "method.ewallet",
};

/** The word of a payment method; one of a later version is shown as another method. */
export function method(name: string): TextId {
  return METHODS[name] ?? "method.other";
}
