import { type Alarm, isOnEveryPage, usePrinterAlarm } from "@shared/alarm";
import { Banner, NewVersionBanner, UnreachableBanner, useNewPages } from "@shared/parts/banner";
import { IconAlertTriangle, IconClock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useAlarmText } from "./alarm-text";
import { isForAdmins, mendedAt } from "./mended-at";
import { useSession } from "./session";
import { useStatus } from "./status";
import { useText } from "./text";

/** A device's clock may differ this much from the server's before the page says so. */
const CLOCK_MINUTES = 2;

/** What everybody should see on each page, one line each, until it is mended. */
export function Banners({ unreachable }: { unreachable: boolean }) {
  const t = useText();
  const status = useStatus();
  const isOld = useNewPages();
  const offBy = status.data === undefined ? 0 : minutesBetween(status.dataUpdatedAt, status.data.server_time);
  return (
    <div aria-live="polite">
      {unreachable && <UnreachableBanner>{t("banner.unreachable")}</UnreachableBanner>}
      {isOld && <NewVersionBanner />}
      {Math.abs(offBy) >= CLOCK_MINUTES && (
        <Banner icon={<IconClock size={20} aria-hidden />} tone="wait">
          {t("banner.clock", { minutes: Math.abs(offBy) })}
        </Banner>
      )}
      {(status.data?.alarms ?? []).filter(isOnEveryPage).map((alarm) => (
        <AlarmLine key={`${alarm.code} ${alarm.message}`} alarm={alarm} />
      ))}
    </div>
  );
}

/** An alarm that leads to where it is mended. */
export function AlarmLine({ alarm }: { alarm: Alarm }) {
  const t = useText();
  const { may } = useSession();
  const printerAlarm = usePrinterAlarm();
  const textOf = useAlarmText();
  const page = mendedAt(alarm.code) ?? "/sync/health";
  return (
    <Banner icon={<IconAlertTriangle size={20} aria-hidden />} tone={alarm.severity === "error" ? "bad" : "wait"}>
      <span className="name">{printerAlarm(alarm) ?? textOf(alarm)}</span>
      {(may("manage_sync") || !isForAdmins(page)) && <Link to={page}>{t("banner.mend")}</Link>}
    </Banner>
  );
}

function minutesBetween(deviceMs: number, server: string): number {
  return Math.round((deviceMs - new Date(server).getTime()) / 60_000);
}
