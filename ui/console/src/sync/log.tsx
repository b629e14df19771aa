import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { StateBadge } from "@shared/parts/state-badge";
import { IconHistory } from "@tabler/icons-react";
import { useShopTime } from "../status";
import { useText } from "../text";
import { useWords } from "../words";

type Log = components["schemas"]["SyncLog"];

/** The latest rounds. */
export function LogPage() {
  const t = useText();
  const words = useWords();
  const time = useShopTime();
  const pages = usePages<Log>(["sync", "log"], (cursor, signal) =>
    body(outlet.GET("/api/v1/sync/logs", { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })),
  );
  return (
    <List
      label={t("sync.tab.log")}
      pages={pages}
      rowId={(log) => String(log.id)}
      empty={<Empty title={t("log.empty")} icon={<IconHistory size={32} aria-hidden />} />}
      columns={[
        {
          id: "at",
          title: t("log.at"),
          render: (log) => <span className="figures">{time.moment(log.started_at)}</span>,
        },
        {
          id: "direction",
          title: t("log.direction"),
          plain: true,
          render: (log) => <Direction type={log.sync_type} />,
        },
        {
          id: "what",
          title: t("column.what"),
          minor: true,
          render: (log) => (log.entity_type === "mixed" ? t("log.mixed") : words.entity(log.entity_type)),
        },
        { id: "count", title: t("log.count"), figure: true, render: (log) => grouped(log.entity_count) },
        {
          id: "duration",
          title: t("log.duration"),
          figure: true,
          minor: true,
          render: (log) => (log.duration_ms == null ? "" : `${grouped(log.duration_ms)} ms`),
        },
        { id: "state", title: t("column.state"), plain: true, render: (log) => <State status={log.status} /> },
        {
          id: "reason",
          title: t("log.result"),
          plain: true,
          render: (log) => <Result log={log} />,
        },
      ]}
    />
  );
}

function State({ status }: { status: string }) {
  const t = useText();
  if (status === "success") return <StateBadge tone="ok">{t("log.success")}</StateBadge>;
  if (status === "failed") return <StateBadge tone="wait">{t("log.failed")}</StateBadge>;
  if (status === "partial") return <StateBadge tone="wait">{t("log.partial")}</StateBadge>;
  return <StateBadge tone="neutral">{status}</StateBadge>;
}

function Direction({ type }: { type: string }) {
  const t = useText();
  if (type === "push" || type === "pull") return t(`log.${type}`);
  return type;
}

/** The figures of a round that say more than its count, as far as they are not zero. */
const FIGURES = ["rejected", "conflicts", "overlaps", "unapplied"] as const;

/** Why a round failed, or what came of it besides what was sent or read. */
function Result({ log }: { log: Log }) {
  const t = useText();
  if (log.error_message) return <span className="name">{log.error_message}</span>;
  const figures = details(log.details ?? null);
  const said = FIGURES.filter((name) => (figures[name] ?? 0) > 0).map((name) =>
    t(`log.figure.${name}`, { count: figures[name] ?? 0 }),
  );
  return said.join(" · ");
}

function details(text: string | null): Partial<Record<string, number>> {
  try {
    return text === null ? {} : (JSON.parse(text) as Record<string, number>);
  } catch {
    return {};
  }
}
