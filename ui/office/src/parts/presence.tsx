import { StateBadge, type Tone } from "@shared/parts/state-badge";
import { IconCloudOff, IconPlugConnectedX, IconUserPlus, type TablerIcon } from "@tabler/icons-react";
import type { OutletSummary } from "../api/queries";
import { useText } from "../text";

type Presence = OutletSummary["presence"];

// A silent outlet sells on: it is offline, which is no error.
const TONES: Record<Presence, Tone> = {
  active: "ok",
  silent: "wait",
  new: "info",
  revoked: "neutral",
  unknown: "neutral",
};
const ICONS: Partial<Record<Presence, TablerIcon>> = {
  silent: IconCloudOff,
  new: IconUserPlus,
  revoked: IconPlugConnectedX,
};

/** Whether an outlet is in contact, silent or revoked. */
export function PresenceBadge({ presence }: { presence: Presence }) {
  const t = useText();
  const icon = ICONS[presence];
  return (
    <StateBadge tone={TONES[presence]} {...(icon !== undefined && { icon })}>
      {t(`presence.${presence}`)}
    </StateBadge>
  );
}
