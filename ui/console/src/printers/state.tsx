import type { FailingPrinter } from "@shared/alarm";
import { StateBadge } from "@shared/parts/state-badge";
import { ActiveBadge } from "../parts/active-badge";
import { type TextId, useText } from "../text";

const FAILURES: Record<string, TextId> = {
  no_answer: "job.error.no_answer",
  not_ready: "job.error.not_ready",
  paper_out: "job.error.paper_out",
};

interface Props {
  active: boolean;
  failing: FailingPrinter | undefined;
  /** Whether `failing` has every printer that fails. */
  isKnown: boolean;
}

/** The state of a printer: why it does not print, otherwise whether it is used. Nobody knows of a silent printer that it works. */
export function PrinterState({ active, failing, isKnown }: Props) {
  const t = useText();
  if (!active) return <ActiveBadge active={false} />;
  if (failing === undefined && !isKnown) return "–";
  if (failing === undefined) return <StateBadge tone="neutral">{t("printers.in_use")}</StateBadge>;
  if (failing.reason === "lost")
    return <StateBadge tone="wait">{t("printers.lost", { count: failing.lost })}</StateBadge>;
  return <StateBadge tone="bad">{t(FAILURES[failing.reason] ?? "job.error.unreachable")}</StateBadge>;
}
