import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { List } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { SaveButton } from "@shared/parts/save-button";
import { IconCircleCheck, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { ItemResult } from "../api/types";
import { RowAction, RowActions } from "../parts/row-actions";
import { useShopTime } from "../status";
import { useText } from "../text";
import { author } from "./author";
import classes from "./failed.module.css";
import { ItemName } from "./item-name";

type Item = components["schemas"]["QueueItem"];
type Discarded = components["schemas"]["QuarantinedItem"];

/** What head office did not accept: retry or discard, one or many; and what was discarded. */
export function FailedPage() {
  const t = useText();
  const { view } = useSearch({ from: "/sync/failed" });
  const navigate = useNavigate({ from: "/sync/failed" });
  return (
    <>
      <SegmentedControl
        mb="md"
        aria-label={t("failed.view")}
        value={view ?? "failed"}
        onChange={(next) =>
          void navigate({ search: { view: next === "discarded" ? "discarded" : undefined }, replace: true })
        }
        data={[
          { value: "failed", label: t("sync.tab.failed") },
          { value: "discarded", label: t("failed.discarded") },
        ]}
      />
      {view === "discarded" ? <Discarded /> : <Failed />}
    </>
  );
}

const retryItems = (ids: number[]): Promise<ItemResult[]> =>
  data(outlet.POST("/api/v1/sync/failed/retry", { body: { ids } }));

const discardItems = (ids: number[], reason: string): Promise<ItemResult[]> =>
  data(outlet.POST("/api/v1/sync/failed/discard", { body: { ids, reason } }));

function useReread() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["sync"] });
}

function Failed() {
  const t = useText();
  const time = useShopTime();
  const reread = useReread();
  const { ask } = useDialogs();
  const [selected, setSelected] = useState<Item[]>([]);
  const [results, setResults] = useState<ItemResult[]>([]);
  const pages = usePages<Item>(["sync", "failed"], (cursor, signal) =>
    body(outlet.GET("/api/v1/sync/failed", { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })),
  );
  const settle = (found: ItemResult[]) => {
    setResults(found);
    setSelected([]);
    void reread();
  };
  const retrying = useMutation({ mutationFn: retryItems, onSuccess: settle });
  const discard = (items: Item[]) =>
    ask({
      title: t("failed.discard.title", { count: items.length }),
      body: t("failed.discard.body"),
      reason: t("failed.discard.reason"),
      verb: t("failed.discard", { count: items.length }),
      danger: true,
      act: async (reason) =>
        settle(
          await discardItems(
            items.map((item) => item.id),
            reason,
          ),
        ),
    });
  const refused = results.filter((result) => !result.ok);
  return (
    <>
      {selected.length > 0 && (
        <div className={classes.selection}>
          <Text fw={600}>{t("failed.selected", { count: selected.length })}</Text>
          <Group gap="xs">
            <Button variant="outline" color="bad" onClick={() => discard(selected)}>
              {t("failed.discard", { count: selected.length })}
            </Button>
            <SaveButton
              type="button"
              pending={retrying.isPending}
              busy={t("action.working")}
              onClick={() => retrying.mutate(selected.map((item) => item.id))}
            >
              {t("failed.retry", { count: selected.length })}
            </SaveButton>
          </Group>
        </div>
      )}
      <div aria-live="polite" className={classes.results}>
        {retrying.isError && <ErrorNote error={retrying.error} />}
        {results.length > 0 && (
          <Text>
            {refused.length === 0
              ? t("failed.all_done", { count: results.length })
              : t("failed.some_done", { done: results.length - refused.length, refused: refused.length })}
          </Text>
        )}
        {refused.map((result) => (
          <Text key={result.id} c="bad" className="name">
            {t("failed.item", { id: result.id })}: {result.message ?? result.error ?? ""}
          </Text>
        ))}
      </div>
      <List
        label={t("sync.tab.failed")}
        pages={pages}
        rowId={(item) => String(item.id)}
        rowName={(item) => `${item.entity_type} ${item.entity_id}`}
        selected={selected}
        onSelect={setSelected}
        empty={
          <Empty title={t("failed.empty")} icon={<IconCircleCheck size={32} aria-hidden />}>
            {t("failed.empty.next")}
          </Empty>
        }
        columns={[
          {
            id: "what",
            title: t("column.what"),
            render: (item) => <ItemName type={item.entity_type} id={item.entity_id} />,
          },
          {
            id: "reason",
            title: t("column.reason"),
            plain: true,
            render: (item) => (
              <span className="name">
                <Numbered>{item.error_message ?? item.error_code ?? ""}</Numbered>
              </span>
            ),
          },
          {
            id: "since",
            title: t("column.changed"),
            minor: true,
            width: 200,
            render: (item) => time.moment(item.created_at),
          },
          {
            id: "actions",
            title: t("column.actions"),
            plain: true,
            width: 190,
            render: (item) => (
              <RowActions>
                <RowAction onClick={() => retrying.mutate([item.id])}>{t("action.retry")}</RowAction>
                <RowAction danger onClick={() => discard([item])}>
                  {t("failed.discard_one")}
                </RowAction>
              </RowActions>
            ),
          },
        ]}
      />
    </>
  );
}

/** Discarded items: who, when and why; a retry undoes it. */
function Discarded() {
  const t = useText();
  const time = useShopTime();
  const reread = useReread();
  const pages = usePages<Discarded>(["sync", "discarded"], (cursor, signal) => {
    const query = { state: "discarded", limit: 50, ...(cursor && { cursor }) };
    return body(outlet.GET("/api/v1/sync/quarantine", { params: { query }, signal }));
  });
  const retrying = useMutation({ mutationFn: retryItems, onSettled: reread });
  const refused = retrying.data?.find((result) => !result.ok);
  return (
    <>
      <div aria-live="polite" className={classes.results}>
        {retrying.isError && <ErrorNote error={retrying.error} />}
        {refused !== undefined && <Text c="bad">{refused.message ?? refused.error}</Text>}
      </div>
      <List
        label={t("failed.discarded")}
        pages={pages}
        rowId={(item) => String(item.id)}
        empty={<Empty title={t("failed.discarded.empty")} icon={<IconTrash size={32} aria-hidden />} />}
        columns={[
          {
            id: "what",
            title: t("column.what"),
            render: (item) => <ItemName type={item.entity_type} id={item.entity_id} />,
          },
          {
            id: "why",
            title: t("column.reason"),
            render: (item) => (
              <>
                <Text className="name">{item.discard_reason}</Text>
                <Text c="dimmed" size="xs" className="name">
                  <Numbered>{item.message ?? ""}</Numbered>
                </Text>
              </>
            ),
          },
          {
            id: "by",
            title: t("failed.discarded_by"),
            minor: true,
            render: (item) => (
              <>
                <Text className="name">{author(item.discarded_by ?? "", t)}</Text>
                {item.discarded_at && (
                  <Text c="dimmed" size="xs">
                    {time.moment(item.discarded_at)}
                  </Text>
                )}
              </>
            ),
          },
          {
            id: "actions",
            title: t("column.actions"),
            width: 230,
            render: (item) => (
              <RowActions>
                <RowAction onClick={() => retrying.mutate([item.id])}>{t("action.retry")}</RowAction>
              </RowActions>
            ),
          },
        ]}
      />
    </>
  );
}
