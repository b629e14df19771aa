import { useText } from "../text/provider";
import { StateBadge, type Tone } from "./state-badge";

const TONES: Record<"open" | "paid" | "void", Tone> = { open: "wait", paid: "ok", void: "neutral" };

/** Whether an order is paid. */
export function OrderStatus({ status }: { status: keyof typeof TONES }) {
  const t = useText();
  return <StateBadge tone={TONES[status] ?? "neutral"}>{t(`sold.status.${status}`)}</StateBadge>;
}
