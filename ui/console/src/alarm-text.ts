import { useTime } from "@shared/time";
import { useText } from "./text";

/** Problems that are mended on a page. The server's own message tells which command of the terminal mends them. */
const ON_PAGES = [
  "acknowledged_sale_changed",
  "bases_missing",
  "conflicts_open",
  "items_failed",
  "items_isolated",
  "queue_inconsistent",
  "statement_differs",
  "updates_unapplied",
] as const;

interface Problem {
  code: string;
  message: string;
  args: Record<string, unknown>;
}

/** The sentence about a problem of docs/doctor.md: the page's, or the server's if only the terminal mends it. */
export function useAlarmText(): (problem: Problem) => string {
  const t = useText();
  const { short } = useTime();
  return ({ code, message, args }) => {
    const known = ON_PAGES.find((each) => each === code);
    if (known === undefined) return message;
    return t(`alarm.${known}`, { count: Number(args.count ?? 0), days: listed(args.days, short) });
  };
}

/** Dates of a message. At noon UTC they are the same all over Indonesia. */
function listed(dates: unknown, format: (at: string) => string): string {
  return Array.isArray(dates) ? dates.map((date) => format(`${date}T12:00:00Z`)).join(", ") : "";
}
