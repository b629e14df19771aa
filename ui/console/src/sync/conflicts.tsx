import { Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Pager } from "@shared/parts/list";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { IconArrowBackUp, IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Conflict } from "../api/types";
import { useShopTime } from "../status";
import { useText } from "../text";
import { useWords } from "../words";
import { author } from "./author";
import classes from "./conflicts.module.css";
import { useEntityName } from "./item-name";

const STATES = ["open", "merged", "resolved", "superseded", "all"] as const;

/** What outlet and head office changed differently, side by side; one tap decides, and can be undone. */
export function ConflictsPage() {
  const t = useText();
  const { status = "open" } = useSearch({ from: "/sync/conflicts" });
  const navigate = useNavigate({ from: "/sync/conflicts" });
  const pages = usePages<Conflict>(["sync", "conflicts", status], (cursor, signal) =>
    body(
      outlet.GET("/api/v1/sync/conflicts", {
        params: { query: { status, limit: 20, ...(cursor && { cursor }) } },
        signal,
      }),
    ),
  );
  return (
    <>
      <div className={classes.filter}>
        <SegmentedControl
          aria-label={t("conflicts.filter")}
          value={status}
          onChange={(next) =>
            void navigate({
              search: { status: next === "open" ? undefined : (next as Exclude<typeof status, "open">) },
              replace: true,
            })
          }
          data={STATES.map((state) => ({ value: state, label: t(`conflicts.${state}`) }))}
        />
      </div>
      {pages.rows === undefined && pages.error === null && <Skeletons rows={3} height={200} />}
      {pages.error !== null && <ErrorNote error={pages.error} retry={pages.reread} />}
      {pages.rows?.length === 0 && (
        <Empty
          title={status === "open" ? t("conflicts.empty") : t("conflicts.empty_other")}
          icon={<IconCircleCheck size={32} aria-hidden />}
        >
          {status === "open" ? t("conflicts.empty.next") : undefined}
        </Empty>
      )}
      <Stack gap="md">
        {pages.rows?.map((conflict) => (
          <ConflictCard key={conflict.id} conflict={conflict} />
        ))}
        <Pager pages={pages} />
      </Stack>
    </>
  );
}

function ConflictCard({ conflict }: { conflict: Conflict }) {
  const t = useText();
  const words = useWords();
  const time = useShopTime();
  const queries = useQueryClient();
  const { offerUndo } = useDialogs();
  const name = useEntityName(conflict.entity_type, conflict.entity_id);
  const reread = () => queries.invalidateQueries({ queryKey: ["sync"] });
  const title = `${name ?? words.entity(conflict.entity_type)} · ${words.field(conflict.field)}`;
  const undo = async () => {
    await outlet.POST("/api/v1/sync/conflicts/{id}/undo", { params: { path: { id: conflict.id } } });
    await reread();
  };
  const choosing = useMutation({
    mutationFn: (strategy: "local_wins" | "cloud_wins") =>
      data(
        outlet.POST("/api/v1/sync/conflicts/{id}/resolve", {
          params: { path: { id: conflict.id } },
          body: { strategy },
        }),
      ),
    onSuccess: () => {
      void reread();
      offerUndo(t("conflicts.done", { name: title }), undo);
    },
  });
  const undoing = useMutation({ mutationFn: undo });
  // A conflict that the rule of two epochs united needs no decision: all rows remain.
  const decidable = conflict.status !== "superseded" && conflict.rule !== "union";
  const winner = inEffect(conflict);
  const side = (which: "local" | "cloud") => (
    <Side
      title={which === "local" ? t("conflicts.local") : t("conflicts.cloud")}
      value={words.value(conflict.field, conflict[which])}
      by={conflict[`${which}_by`] ?? null}
      at={conflict[`${which}_at`] ? time.moment(conflict[`${which}_at`] ?? "") : null}
      inEffect={winner === which}
    >
      {decidable && (
        <SaveButton
          type="button"
          variant={winner === which ? "outline" : "filled"}
          pending={choosing.isPending && choosing.variables === `${which}_wins`}
          onClick={() => {
            if (!choosing.isPending) choosing.mutate(`${which}_wins`);
          }}
        >
          {which === "local" ? t("conflicts.choose_local") : t("conflicts.choose_cloud")}
        </SaveButton>
      )}
    </Side>
  );
  return (
    <article className={classes.card} aria-label={title}>
      <Group justify="space-between" gap="xs" align="flex-start">
        <div className={classes.title}>
          <Title order={2} size="h3" className="name">
            {title}
          </Title>
          <Text c="dimmed" size="xs">
            {words.entity(conflict.entity_type)} · {time.moment(conflict.created_at)}
          </Text>
        </div>
        <State conflict={conflict} />
      </Group>
      {conflict.base !== null && conflict.base !== undefined && (
        <Text c="dimmed" className="name">
          {t("conflicts.base", { value: words.value(conflict.field, conflict.base) })}
        </Text>
      )}
      <div className={classes.sides}>
        {side("local")}
        {side("cloud")}
      </div>
      {choosing.isError && <ErrorNote error={choosing.error} />}
      {conflict.undoable && (
        <Group gap="xs">
          <SaveButton
            type="button"
            variant="subtle"
            pending={undoing.isPending}
            leftSection={<IconArrowBackUp size={20} aria-hidden />}
            onClick={() => undoing.mutate()}
          >
            {t("conflicts.undo")}
          </SaveButton>
        </Group>
      )}
      {undoing.isError && <ErrorNote error={undoing.error} />}
    </article>
  );
}

/** Whose value is in force now; null if both are, or a person chose. */
function inEffect(conflict: Conflict): "local" | "cloud" | null {
  if (conflict.status !== "open" && conflict.status !== "merged") return null;
  if (conflict.rule === "local_wins" || conflict.rule === "manual_local") return "local";
  if (conflict.rule === "cloud_wins" || conflict.rule === "manual") return "cloud";
  return null;
}

function State({ conflict }: { conflict: Conflict }) {
  const t = useText();
  switch (conflict.status) {
    case "open":
      return <StateBadge tone="wait">{t("conflicts.open")}</StateBadge>;
    case "merged":
      return <StateBadge tone="info">{t("conflicts.merged")}</StateBadge>;
    case "resolved":
      return <StateBadge tone="ok">{t("conflicts.resolved")}</StateBadge>;
    case "superseded":
      return <StateBadge tone="neutral">{t("conflicts.superseded")}</StateBadge>;
    default:
      return <StateBadge tone="neutral">{conflict.status}</StateBadge>;
  }
}

interface SideProps {
  title: string;
  value: string;
  by: string | null;
  at: string | null;
  inEffect: boolean;
  children: ReactNode;
}

function Side({ title, value, by, at, inEffect, children }: SideProps) {
  const t = useText();
  return (
    <fieldset className={classes.side} data-in-effect={inEffect} aria-label={title}>
      <Group justify="space-between" gap="xs">
        <Text c="dimmed" size="xs">
          {title}
        </Text>
        {inEffect && <StateBadge tone="ok">{t("conflicts.in_effect")}</StateBadge>}
      </Group>
      <p className={classes.value}>{value}</p>
      <Text c="dimmed" size="xs" className="name">
        {[by === null ? null : author(by, t), at].filter((part) => part !== null).join(" · ")}
      </Text>
      <div className={classes.choose}>{children}</div>
    </fieldset>
  );
}
