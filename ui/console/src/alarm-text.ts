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
  return ({ code, message, args }) => {
    const known = ON_PAGES.find((each) => each === code);
    if (known === undefined) return message;
    return t(`alarm.${known}`, { count: shown(args.count), days: shown(args.days) });
  };
}

/** An argument of a message: a number, a text, or a list of texts. */
function shown(arg: unknown): string {
  return Array.isArray(arg) ? arg.join(", ") : String(arg ?? "");
}
