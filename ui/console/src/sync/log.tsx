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

type Log = components["schemas"]["SyncLog"];

/** The latest rounds. */
export function LogPage() {
  const t = useText();
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
        { id: "at", title: t("log.at"), render: (log) => time.moment(log.started_at) },
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
          title: t("column.reason"),
          plain: true,
          render: (log) => <span className="name">{log.error_message ?? log.details ?? ""}</span>,
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
