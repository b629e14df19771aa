import { StateBadge } from "@shared/parts/state-badge";
import { IconCircleOff } from "@tabler/icons-react";
import { useText } from "../text";

export function ActiveBadge({ active }: { active: boolean }) {
  const t = useText();
  if (active) return <StateBadge tone="ok">{t("state.active")}</StateBadge>;
  return (
    <StateBadge tone="neutral" icon={IconCircleOff}>
      {t("state.inactive")}
    </StateBadge>
  );
}
