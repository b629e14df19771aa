import { Text } from "@mantine/core";
import { useIntl } from "react-intl";
import { useText } from "../text";

interface Props {
  now: number;
  before: number;
  /** Without the words "from last week", where a heading says them. */
  short?: boolean;
}

/** How a figure differs from the one of a week earlier, as an arrow and a percentage. */
export function ChangeNote({ now, before, short = false }: Props) {
  const t = useText();
  const intl = useIntl();
  if (before === 0) return short ? null : <Note>{t("change.none")}</Note>;
  const part = (now - before) / before;
  const digits = Math.abs(part) < 0.1 ? 1 : 0;
  const percent = intl.formatNumber(Math.abs(part), { style: "percent", maximumFractionDigits: digits });
  // Less than what is shown is no change.
  if (Math.abs(part) < 0.0005) return <Note>{short ? "=" : t("change.same")}</Note>;
  const arrow = part > 0 ? "↑" : "↓";
  return <Note>{short ? `${arrow} ${percent}` : t("change.from_last_week", { change: `${arrow} ${percent}` })}</Note>;
}

function Note({ children }: { children: string }) {
  return (
    <Text component="span" size="xs" c="dimmed" style={{ fontVariantNumeric: "tabular-nums" }}>
      {children}
    </Text>
  );
}
