import { StateBadge, type Tone } from "@shared/parts/state-badge";
import type { Schemas } from "../api/queries";
import { useText } from "../text";

type Status = Schemas["OrderStatus"];
const TONES: Record<Status, Tone> = { open: "wait", paid: "ok", void: "neutral" };

/** Whether an order is paid. */
export function OrderStatus({ status }: { status: Status }) {
  const t = useText();
  return <StateBadge tone={TONES[status] ?? "neutral"}>{t(`order.status.${status}`)}</StateBadge>;
}
