import { Button } from "@mantine/core";
import {
  IconAlertTriangle,
  IconClockExclamation,
  IconCloudOff,
  IconDatabaseOff,
  IconRefresh,
} from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { waiting } from "../api/orders";
import { pageVersion, useOnline, useStatus } from "../api/reach";
import { wrongMinutes } from "../state/clock";
import { clock } from "../state/server-time";
import { storageFailed, usePart, useStore } from "../state/store";
import { useText } from "../text";
import classes from "./notices.module.css";
import { Sheet } from "./sheet";
import { chunkMissing } from "./update";

interface Notice {
  key: string;
  kind: "calm" | "wait" | "bad";
  icon: ReactNode;
  title: string;
  text: string;
  action?: ReactNode;
}

/** What everybody at this till should know: connection, alarms, a wrong clock, a new version. The most urgent first. */
function useNotices(): Notice[] {
  const t = useText();
  const online = useOnline();
  const status = useStatus();
  const count = usePart(waiting, (list) => list.length);
  const minutes = wrongMinutes(useStore(clock));
  const version = useStore(pageVersion);
  const missing = useStore(chunkMissing);
  const unsaved = useStore(storageFailed);
  const list: Notice[] = [];
  if (!online) {
    list.push({
      key: "away",
      kind: "calm",
      icon: <IconCloudOff size={20} aria-hidden />,
      title: count > 0 ? t("away.waiting", { count }) : t("away"),
      text: t("away.text"),
    });
  }
  if (unsaved) {
    list.push({
      key: "unsaved",
      kind: "bad",
      icon: <IconDatabaseOff size={20} aria-hidden />,
      title: t("unsaved"),
      text: t("unsaved.text"),
    });
  }
  for (const alarm of status?.alarms ?? []) {
    list.push({
      key: alarm.code,
      kind: alarm.severity === "error" ? "bad" : "wait",
      icon: <IconAlertTriangle size={20} aria-hidden />,
      title: alarm.message,
      text: t("alarm.text"),
    });
  }
  if (minutes !== null) {
    list.push({
      key: "clock",
      kind: "wait",
      icon: <IconClockExclamation size={20} aria-hidden />,
      title: t("clock"),
      text: t(minutes > 0 ? "clock.behind" : "clock.ahead", { minutes: Math.abs(minutes) }),
    });
  }
  if (missing || (status !== null && version !== null && status.version !== version)) {
    list.push({
      key: "update",
      kind: "calm",
      icon: <IconRefresh size={20} aria-hidden />,
      title: t("update"),
      text: t("update.text"),
      action: <Button onClick={() => location.reload()}>{t("update.reload")}</Button>,
    });
  }
  return list;
}

/** One line in the header, which leads to all notices. It takes no space from the page: nothing moves when it comes or goes. */
export function Notices() {
  const t = useText();
  const notices = useNotices();
  const [opened, setOpened] = useState(false);
  const first = notices[0];
  return (
    <>
      <div className={classes.place} role="status" aria-live="polite">
        {first !== undefined && (
          <button type="button" className={classes.line} data-kind={first.kind} onClick={() => setOpened(true)}>
            {first.icon}
            <span className={classes.title}>{first.title}</span>
            {notices.length > 1 && <span className={classes.more}>+{notices.length - 1}</span>}
          </button>
        )}
      </div>
      <Sheet opened={opened && first !== undefined} close={() => setOpened(false)} title={t("notices")}>
        {notices.map((notice) => (
          <section key={notice.key} className={classes.notice} data-kind={notice.kind}>
            {notice.icon}
            <div>
              <h3>{notice.title}</h3>
              <p>{notice.text}</p>
              {notice.action}
            </div>
          </section>
        ))}
      </Sheet>
    </>
  );
}
