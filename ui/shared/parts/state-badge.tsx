import {
  IconAlertTriangle,
  IconCircle,
  IconCircleCheck,
  IconClock,
  IconInfoCircle,
  type TablerIcon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./state-badge.module.css";

/** `bad` only for what a person must mend; being offline is `neutral`. */
export type Tone = "ok" | "wait" | "bad" | "info" | "neutral";

const ICONS: Record<Tone, TablerIcon> = {
  ok: IconCircleCheck,
  wait: IconClock,
  bad: IconAlertTriangle,
  info: IconInfoCircle,
  neutral: IconCircle,
};

/** A state as icon, word and color: never color alone. */
export function StateBadge({ tone, icon, children }: { tone: Tone; icon?: TablerIcon; children: ReactNode }) {
  const Icon = icon ?? ICONS[tone];
  return (
    <span className={classes.badge} data-tone={tone}>
      <Icon size={16} aria-hidden />
      <span>{children}</span>
    </span>
  );
}
