// Alarms of the outlet's status, as every page shows them: in one short line.

import type { components } from "./api/generated/outlet";
import { useText } from "./text/provider";

export type Alarm = components["schemas"]["Alarm"];

/** A printer that does not print. */
export interface FailingPrinter {
  name: string;
  reason: string;
  /** Papers that did not come out. */
  lost: number;
}

/** Whether every page shows a problem: the most severe, and those that people at work can mend at once. */
export function isOnEveryPage({ code, severity }: Pick<Alarm, "code" | "severity">): boolean {
  return severity === "error" || code === "printers_failing";
}

/** The printers that an alarm names, at most three, and how many more there are. */
export function failingPrinters({ code, args }: Pick<Alarm, "code" | "args">): {
  named: FailingPrinter[];
  more: number;
} {
  const list = code === "printers_failing" && Array.isArray(args.printers) ? args.printers : [];
  const named: FailingPrinter[] = [];
  let more = 0;
  for (const { args } of list as { args: { name?: string; reason?: string; lost?: number; count?: number } }[]) {
    if (args.name === undefined) more += args.count ?? 0;
    else named.push({ name: args.name, reason: args.reason ?? "", lost: args.lost ?? 0 });
  }
  return { named, more };
}

const REASONS = ["paper_out", "not_ready", "no_answer", "lost"] as const;

/** The line about printers: what is wrong and what to do, or how many fail. Null for other alarms. */
export function usePrinterAlarm(): (alarm: Pick<Alarm, "code" | "args">) => string | null {
  const t = useText();
  return (alarm) => {
    const { named, more } = failingPrinters(alarm);
    const [first] = named;
    if (first === undefined) return null;
    if (named.length + more > 1) {
      return t("alarm.printers", { count: named.length + more, names: named.map(({ name }) => name).join(", ") });
    }
    const reason = REASONS.find((known) => known === first.reason) ?? "unreachable";
    return t(`alarm.printer.${reason}`, { name: first.name, count: first.lost });
  };
}
