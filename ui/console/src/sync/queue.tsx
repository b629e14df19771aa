import { body, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { useNow } from "@shared/parts/late";
import { List } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCircleCheck } from "@tabler/icons-react";
import { useShopTime } from "../status";
import { useText } from "../text";
import { ItemName } from "./item-name";

type Item = components["schemas"]["QueueItem"];

/** What waits to be sent, in the order in which it is sent. */
export function QueuePage() {
  const t = useText();
  const time = useShopTime();
  const now = useNow(30_000);
  const pages = usePages<Item>(["sync", "queue"], (cursor, signal) =>
    body(outlet.GET("/api/v1/sync/queue", { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })),
  );
  return (
    <List
      label={t("sync.tab.queue")}
      pages={pages}
      rowId={(item) => String(item.id)}
      empty={<Empty title={t("queue.empty")} icon={<IconCircleCheck size={32} aria-hidden />} />}
      columns={[
        {
          id: "what",
          title: t("column.what"),
          render: (item) => <ItemName type={item.entity_type} id={item.entity_id} />,
        },
        {
          id: "operation",
          title: t("column.change"),
          plain: true,
          render: (item) => <Operation name={item.operation} />,
        },
        { id: "since", title: t("column.since"), render: (item) => time.ago(item.created_at, now) },
        {
          id: "state",
          title: t("column.state"),
          plain: true,
          render: (item) =>
            item.error_message ? (
              <span className="name">
                <Numbered>{item.error_message}</Numbered>
              </span>
            ) : item.batch_no ? (
              <StateBadge tone="info">{t("queue.sending", { batch: item.batch_no })}</StateBadge>
            ) : (
              <StateBadge tone="wait">{t("queue.waiting")}</StateBadge>
            ),
        },
      ]}
    />
  );
}

/** A change in words; one of a later version is shown as it is. */
export function Operation({ name }: { name: string }) {
  const t = useText();
  if (name === "create" || name === "update" || name === "delete") return t(`operation.${name}`);
  return name;
}
