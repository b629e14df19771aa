// Menus in words: when and for which orders they are in force.

import { useIntl } from "react-intl";
import { useText } from "./text/provider";
import { useTime } from "./time";

/** What both APIs have of a menu. */
export interface MenuTerms {
  order_types: readonly string[];
  channels: readonly string[];
  weekdays: readonly number[];
  from_minute?: number | null | undefined;
  to_minute?: number | null | undefined;
  valid_from?: string | null | undefined;
  valid_to?: string | null | undefined;
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
/** A Monday. */
const MONDAY = Date.UTC(2026, 10, 30);
const DAY_MS = 86_400_000;

/** The names of weekdays, from 1 for Monday. */
export function useWeekdays(length: "short" | "long" = "short"): (day: number) => string {
  const intl = useIntl();
  return (day) => intl.formatDate(MONDAY + (day - 1) * DAY_MS, { weekday: length, timeZone: "UTC" });
}

/** `Sen–Jum` for days in a row, otherwise `Sen, Rab`. */
function days(list: readonly number[], name: (day: number) => string): string {
  const sorted = [...list].sort((a, b) => a - b);
  const [first, last] = [sorted[0] as number, sorted.at(-1) as number];
  const inRow = sorted.length > 2 && last - first === sorted.length - 1;
  return inRow ? `${name(first)}–${name(last)}` : sorted.map(name).join(", ");
}

/** Says when a menu is in force, and for which orders. `tenders` name the platforms. */
export function useMenuWords(tenders: readonly { id: string; name: string }[]) {
  const t = useText();
  const time = useTime();
  // A minute of the day has no zone.
  const plain = useTime("UTC");
  const clock = (minute: number) => plain.clock(minute * 60_000);
  const weekday = useWeekdays();
  const types: Record<string, string> = {
    dine_in: t("sold.type.dine_in"),
    take_away: t("sold.type.take_away"),
    delivery: t("sold.type.delivery"),
  };
  return {
    when: (menu: MenuTerms) => {
      const { from_minute: from, to_minute: to } = menu;
      const allDays = menu.weekdays.length === 0 || menu.weekdays.length === WEEKDAYS.length;
      const parts = [allDays ? t("menu.every_day") : days(menu.weekdays, weekday)];
      if (from == null || to == null) parts.push(t("menu.all_day"));
      else parts.push(`${clock(from)}–${clock(to)}`);
      if (from != null && to != null && to <= from && to > 0) parts.push(t("menu.next_day"));
      if (menu.valid_from != null) parts.push(t("menu.from", { date: time.day(menu.valid_from) }));
      if (menu.valid_to != null) parts.push(t("menu.to", { date: time.day(menu.valid_to) }));
      return parts.join(" · ");
    },
    where: (menu: MenuTerms) => {
      const channel = (id: string) =>
        id === "own" ? t("menu.own") : (tenders.find((tender) => tender.id === id)?.name ?? t("menu.channel.gone"));
      const words = [...menu.channels.map(channel), ...menu.order_types.map((type) => types[type] ?? type)];
      return words.length === 0 ? t("menu.all_orders") : words.join(", ");
    },
  };
}
