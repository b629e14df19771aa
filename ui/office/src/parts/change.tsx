import { Text } from "@mantine/core";
import { useIntl } from "react-intl";
import { useText } from "../text";

/** How a figure differs from the one of a week earlier, as an arrow and a percentage. */
export function ChangeNote({ now, before }: { now: number; before: number }) {
  const t = useText();
  const intl = useIntl();
  if (before === 0)
    return (
      <Text component="span" size="xs" c="dimmed">
        {t("change.none")}
      </Text>
    );
  const part = (now - before) / before;
  const percent = intl.formatNumber(Math.abs(part), { style: "percent", maximumFractionDigits: part < 0.1 ? 1 : 0 });
  const id = part > 0 ? "change.up" : part < 0 ? "change.down" : "change.same";
  return (
    <Text component="span" size="xs" c="dimmed" className="figures">
      {t(id, { percent })}
    </Text>
  );
}
