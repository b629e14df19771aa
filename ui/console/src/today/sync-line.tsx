import { StateBadge, type Tone } from "@shared/parts/state-badge";
import {
  IconCloudCheck,
  IconCloudExclamation,
  IconCloudOff,
  IconCloudPause,
  IconCloudUp,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Status } from "../api/types";
import { useShopTime } from "../status";
import { type TextId, useText } from "../text";
import classes from "./sync-line.module.css";

/** A time younger than this needs no date. */
const CLOCK_MS = 12 * 3_600_000;

type State = Status["sync"]["state"];

const STATES: Record<State, { tone: Tone; icon: TablerIcon; word: TextId }> = {
  in_step: { tone: "ok", icon: IconCloudCheck, word: "sync.state.in_step" },
  waiting: { tone: "wait", icon: IconCloudUp, word: "sync.state.waiting" },
  offline: { tone: "neutral", icon: IconCloudOff, word: "sync.state.offline" },
  stopped: { tone: "bad", icon: IconCloudPause, word: "sync.state.stopped" },
  off: { tone: "neutral", icon: IconCloudOff, word: "sync.state.off" },
};

/** Everything is sent, but head office has rejected some of it: somebody must look. */
const REJECTED = { tone: "bad", icon: IconCloudExclamation, word: "sync.state.failed" } as const;

/** Sync in one line: up to when head office has all sales, what waits, and how the connection is. */
export function SyncLine({ status }: { status: Status }) {
  const t = useText();
  const time = useShopTime();
  const { sync, devices_waiting: devices } = status;
  const rejected = sync.failed > 0 && sync.state === "in_step";
  const shown = rejected ? REJECTED : STATES[sync.state];
  const parts: string[] = [];
  if (sync.complete_until) {
    const age = Date.parse(status.server_time) - Date.parse(sync.complete_until);
    const at = age < CLOCK_MS ? time.clock(sync.complete_until) : time.moment(sync.complete_until);
    parts.push(t(sync.failed > 0 ? "sync.line.others_until" : "sync.line.until", { time: at }));
  } else if (sync.state === "in_step") {
    parts.push(t("sync.line.all"));
  } else if (sync.state !== "off") {
    parts.push(t("sync.line.none"));
  }
  if (sync.pending > 0) parts.push(t("sync.line.pending", { count: sync.pending }));
  if (devices.sales > 0) parts.push(t("sync.line.devices", { count: devices.sales, devices: devices.devices }));
  if (sync.failed > 0) parts.push(t("sync.line.failed", { count: sync.failed }));
  parts.push(t(`sync.line.state.${sync.state}`));
  return (
    <div className={classes.line}>
      <StateBadge tone={shown.tone} icon={shown.icon}>
        {t(shown.word)}
      </StateBadge>
      <p className={classes.words}>{parts.join(" · ")}</p>
    </div>
  );
}
