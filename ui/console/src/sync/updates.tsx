import { Button, Stack, Text } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { allRows, List } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { Section } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RowAction, RowActions } from "../parts/row-actions";
import { useShopTime } from "../status";
import { useText } from "../text";
import { useWords } from "../words";
import { ItemName } from "./item-name";

type Update = components["schemas"]["List_UnappliedUpdate"]["data"][number];
type Unreviewed = components["schemas"]["UnreviewedEntity"];

/** Changes from head office that could not be applied here, and entities to review after an enrollment. */
export function UpdatesPage() {
  const t = useText();
  const time = useShopTime();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const reread = () => queries.invalidateQueries({ queryKey: ["sync"] });
  const pages = usePages<Update>(["sync", "unapplied"], (cursor, signal) =>
    body(outlet.GET("/api/v1/sync/unapplied", { params: { query: { limit: 50, ...(cursor && { cursor }) } }, signal })),
  );
  const path = (update: Update) => ({ entity_type: update.entity_type, entity_id: update.entity_id });
  const retryAll = useMutation({
    mutationFn: () => data(outlet.POST("/api/v1/sync/unapplied/retry")),
    onSettled: reread,
  });
  const retry = useMutation({
    mutationFn: (update: Update) =>
      data(outlet.POST("/api/v1/sync/unapplied/{entity_type}/{entity_id}/retry", { params: { path: path(update) } })),
    onSettled: reread,
  });
  const discard = (update: Update) =>
    ask({
      title: t("updates.discard.title"),
      body: t("updates.discard.body"),
      reason: t("failed.discard.reason"),
      verb: t("failed.discard_one"),
      danger: true,
      act: async (reason) => {
        await outlet.POST("/api/v1/sync/unapplied/{entity_type}/{entity_id}/discard", {
          params: { path: path(update) },
          body: { reason },
        });
        await reread();
      },
    });
  return (
    <Stack gap="md">
      <Unreviewed />
      <Section
        title={t("updates.title")}
        actions={
          (pages.rows?.length ?? 0) > 0 && (
            <SaveButton
              type="button"
              variant="outline"
              pending={retryAll.isPending}
              busy={t("action.working")}
              onClick={() => retryAll.mutate()}
            >
              {t("updates.retry_all")}
            </SaveButton>
          )
        }
      >
        <div aria-live="polite">
          {retryAll.isSuccess && <Text mb="xs">{t("updates.applied", { count: retryAll.data.applied })}</Text>}
          {retry.isSuccess && (
            <Text mb="xs">{retry.data.applied ? t("updates.applied", { count: 1 }) : retry.data.reason?.message}</Text>
          )}
          {(retry.isError || retryAll.isError) && <ErrorNote error={retry.error ?? retryAll.error} />}
        </div>
        <List
          label={t("updates.title")}
          pages={pages}
          rowId={(update) => `${update.entity_type} ${update.entity_id}`}
          empty={<Empty title={t("updates.empty")} icon={<IconCircleCheck size={32} aria-hidden />} />}
          columns={[
            {
              id: "what",
              title: t("column.what"),
              render: (update) => <ItemName type={update.entity_type} id={update.entity_id} />,
            },
            {
              id: "reason",
              title: t("column.reason"),
              plain: true,
              render: (update) => (
                <>
                  <Text className="name">
                    <Numbered>{update.message}</Numbered>
                  </Text>
                  {update.discard_reason && (
                    <Text c="dimmed" size="xs" className="name">
                      {t("updates.discarded_because", { reason: update.discard_reason })}
                    </Text>
                  )}
                </>
              ),
            },
            {
              id: "received",
              title: t("updates.received"),
              minor: true,
              width: 200,
              render: (update) => time.moment(update.received_at),
            },
            {
              id: "state",
              title: t("column.state"),
              plain: true,
              render: (update) =>
                update.state === "discarded" ? (
                  <StateBadge tone="neutral">{t("failed.discarded")}</StateBadge>
                ) : (
                  <StateBadge tone="wait">{t("updates.retrying")}</StateBadge>
                ),
            },
            {
              id: "actions",
              title: t("column.actions"),
              plain: true,
              width: 230,
              render: (update) => (
                <RowActions>
                  <RowAction onClick={() => retry.mutate(update)}>{t("action.retry")}</RowAction>
                  {update.state !== "discarded" && (
                    <RowAction danger onClick={() => discard(update)}>
                      {t("failed.discard_one")}
                    </RowAction>
                  )}
                </RowActions>
              ),
            },
          ]}
        />
      </Section>
    </Stack>
  );
}

/** What this machine read when it was new and head office did not write: a person confirms it once. */
function Unreviewed() {
  const t = useText();
  const words = useWords();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const unreviewed = useQuery({
    queryKey: ["sync", "unreviewed"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/sync/unreviewed", { signal })),
  });
  const count = unreviewed.data?.length ?? 0;
  if (count === 0) return null;
  return (
    <Section
      title={t("unreviewed.title", { count })}
      actions={
        <Button
          onClick={() =>
            ask({
              title: t("unreviewed.ask", { count }),
              body: t("unreviewed.ask.body"),
              verb: t("unreviewed.confirm"),
              act: async () => {
                await outlet.POST("/api/v1/sync/unreviewed/confirm");
                await queries.invalidateQueries({ queryKey: ["sync"] });
              },
            })
          }
        >
          {t("unreviewed.confirm")}
        </Button>
      }
    >
      <Text mb="xs">{t("unreviewed.body")}</Text>
      <List<Unreviewed>
        label={t("unreviewed.title", { count })}
        pages={allRows(unreviewed)}
        rowId={(entity) => `${entity.entity_type} ${entity.entity_id}`}
        empty={null}
        columns={[
          { id: "name", title: t("field.name"), render: (entity) => entity.name },
          { id: "type", title: t("field.kind"), render: (entity) => words.entity(entity.entity_type) },
          { id: "role", title: t("field.role"), render: (entity) => entity.role ?? "" },
        ]}
      />
    </Section>
  );
}
