import { ActionIcon, Button } from "@mantine/core";
import { type Alarm, isOnEveryPage, usePrinterAlarm } from "@shared/alarm";
import { Banner } from "@shared/parts/banner";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { useTime } from "@shared/time";
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconBell,
  IconCloudOff,
  IconListNumbers,
  IconSettings,
  IconSoup,
} from "@tabler/icons-react";
import { useState } from "react";
import { AllDaySheet } from "./all-day";
import type { Ticket } from "./api";
import { useBoard } from "./api";
import type { Me } from "./app";
import { AvailabilitySheet } from "./availability";
import classes from "./board.module.css";
import { useSettings } from "./device";
import { useKeys } from "./keys";
import { serverNow, useServerTime } from "./reach";
import { RecallSheet } from "./recall";
import { mayPrepare } from "./rights";
import { SettingsSheet } from "./settings";
import { useText } from "./text";
import { TicketCard } from "./ticket";
import { useNews } from "./use-news";
import { useWork } from "./work";

type Opened = "all-day" | "recall" | "availability" | "settings";

interface Props {
  me: Me;
  online: boolean;
  alarms: Alarm[];
  logOut: () => void;
}

/** The tickets of a station, the oldest top left. */
export function Board({ me, online, alarms, logOut }: Props) {
  const t = useText();
  const settings = useSettings();
  const board = useBoard(settings.place);
  const work = useWork(settings.place);
  const now = useServerTime(5_000);
  const [opened, setOpened] = useState<Opened | null>(null);
  const tickets = board.data ?? [];
  const news = useNews(board.data, settings.sound);
  const may = (ticket: Ticket) => mayPrepare(me, ticket.station);
  useKeys(opened === null && online, (at) => {
    const ticket = tickets[at];
    if (ticket !== undefined && may(ticket)) work.bump(ticket);
  });
  const close = () => setOpened(null);
  return (
    <div className={classes.page}>
      <div className={classes.top}>
        <header className={classes.head}>
          <h1>{t(`station.${settings.place}`)}</h1>
          <span className={classes.count} data-news={news.length > 0} role="status">
            {news.length > 0 && <IconBell size={20} aria-hidden />}
            {news.length > 0 ? t("board.new", { count: news.length }) : t("board.count", { count: tickets.length })}
          </span>
          <nav className={classes.actions}>
            <Button
              variant="default"
              leftSection={<IconListNumbers size={22} aria-hidden />}
              onClick={() => setOpened("all-day")}
            >
              {t("all_day")}
            </Button>
            <Button
              variant="default"
              data-testid="recall"
              leftSection={<IconArrowBackUp size={22} aria-hidden />}
              onClick={() => setOpened("recall")}
            >
              {t("recall")}
            </Button>
            {me.rights.includes("prepare") && (
              <Button
                variant="default"
                leftSection={<IconSoup size={22} aria-hidden />}
                onClick={() => setOpened("availability")}
              >
                {t("left")}
              </Button>
            )}
            <ActionIcon
              className={classes.settings ?? ""}
              variant="default"
              size={44}
              aria-label={t("settings")}
              onClick={() => setOpened("settings")}
            >
              <IconSettings size={24} aria-hidden />
            </ActionIcon>
          </nav>
        </header>
        {online ? <Alarms alarms={alarms} /> : <Away since={board.dataUpdatedAt} now={now} />}
      </div>
      {work.error !== null && (
        <div className={classes.error}>
          <ErrorNote error={work.error} retry={work.forgetError} />
        </div>
      )}
      <main className={classes.board} data-away={!online}>
        {board.data === undefined && board.error !== null && (
          <ErrorNote error={board.error} retry={() => void board.refetch()} />
        )}
        {board.data !== undefined && tickets.length === 0 && (
          <Empty title={t("board.empty")}>{t("board.empty.next")}</Empty>
        )}
        <ul className={classes.tickets}>
          {tickets.map((ticket, at) => (
            <TicketCard
              key={ticket.id}
              ticket={ticket}
              place={at + 1}
              now={now}
              limits={settings}
              isNew={news.includes(ticket)}
              withStation={settings.place === "all"}
              may={may(ticket)}
              online={online}
              work={work}
            />
          ))}
        </ul>
      </main>
      {work.bumped !== null && (
        <div className={classes.undo} role="status">
          <span className="name">{t("bumped", { head: work.bumped.head })}</span>
          <Button variant="light" data-testid="undo" onClick={work.undo}>
            {t("action.undo")}
          </Button>
        </div>
      )}
      {opened === "all-day" && <AllDaySheet place={settings.place} close={close} />}
      {opened === "recall" && <RecallSheet place={settings.place} now={serverNow()} may={may} close={close} />}
      {opened === "availability" && <AvailabilitySheet close={close} />}
      {opened === "settings" && <SettingsSheet me={me} logOut={logOut} close={close} />}
    </div>
  );
}

/** What people at work can mend at once, and what endangers sales. */
function Alarms({ alarms }: { alarms: Alarm[] }) {
  const printerAlarm = usePrinterAlarm();
  return (
    <div className={classes.alarms} aria-live="polite">
      {alarms.filter(isOnEveryPage).map((alarm) => (
        <Banner
          key={`${alarm.code} ${alarm.message}`}
          icon={<IconAlertTriangle size={20} aria-hidden />}
          tone={alarm.severity === "error" ? "bad" : "wait"}
        >
          <span className="name">{printerAlarm(alarm) ?? alarm.message}</span>
        </Banner>
      ))}
    </div>
  );
}

/** The server is away: the board is as old as it says. */
function Away({ since, now }: { since: number; now: number }) {
  const t = useText();
  const time = useTime();
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1_000));
  const age =
    seconds < 60 ? t("away.seconds", { count: seconds }) : t("away.minutes", { count: Math.floor(seconds / 60) });
  return (
    <div className={classes.away} role="alert" data-testid="away" data-now={now}>
      <IconCloudOff size={40} aria-hidden />
      <div>
        <strong>{t("away")}</strong>
        <p>{t("away.text", { age, time: time.clock(since) })}</p>
      </div>
    </div>
  );
}
