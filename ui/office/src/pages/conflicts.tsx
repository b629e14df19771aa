import { Group, Select, Stack, Text } from "@mantine/core";
import { body, data, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Pager } from "@shared/parts/list";
import { Filters, PageHead } from "@shared/parts/page-head";
import { SaveButton } from "@shared/parts/save-button";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge, type Tone } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconCheck, IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { given } from "../api/lists";
import { type Schemas, useOutlets } from "../api/queries";
import { useIsAdmin } from "../api/session";
import { CONFLICT_STATES, changed } from "../filters";
import { Entity } from "../parts/entity";
import { useFieldWord } from "../parts/field";
import { OutletSelect } from "../parts/outlet-select";
import { Value } from "../parts/value";
import { useText } from "../text";
import classes from "./conflicts.module.css";

const route = getRouteApi("/conflicts");
type Conflict = Schemas["Conflict"];
type Strategy = Schemas["Strategy"];

/** Conflicts on a page: each is large. */
const ROWS = 20;
const STATUSES = ["open", "resolving", "merged", "resolved", "superseded"] as const;
const TONES: Record<(typeof STATUSES)[number], Tone> = {
  open: "wait",
  resolving: "info",
  merged: "neutral",
  resolved: "ok",
  superseded: "neutral",
};

/** Fields that an outlet and head office changed differently, side by side. */
export function ConflictsPage() {
  const t = useText();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const status = search.status ?? "open";
  const pages = usePages<Conflict>(["conflicts", status, search.outlet ?? ""], (cursor, signal) =>
    body(
      hub.GET("/v1/hq/conflicts", {
        params: { query: given({ status, outlet_id: search.outlet, limit: ROWS, cursor }) },
        signal,
      }),
    ),
  );
  const filtered = search.status !== undefined || search.outlet !== undefined;
  return (
    <>
      <PageHead title={t("nav.conflicts")} lead={t("conflicts.lead")} />
      <Stack gap="md">
        <Filters>
          <Select
            aria-label={t("state")}
            data={CONFLICT_STATES.map((each) => ({ value: each as string, label: t(`conflicts.show.${each}`) }))}
            value={status}
            onChange={(next) =>
              void navigate({
                search: (old) =>
                  changed(old, { status: CONFLICT_STATES.find((known) => known === next && known !== "open") }),
                replace: true,
              })
            }
            allowDeselect={false}
            w={{ base: "100%", xs: 240 }}
          />
          <OutletSelect
            value={search.outlet}
            onChange={(outlet) => void navigate({ search: (old) => changed(old, { outlet }), replace: true })}
          />
        </Filters>
        {pages.error !== null && <ErrorNote error={pages.error} retry={pages.reread} />}
        {pages.rows === undefined && pages.error === null && <Skeletons rows={4} height={160} />}
        {pages.rows?.length === 0 && (
          <Empty
            title={filtered ? t("conflicts.no_match") : t("conflicts.empty")}
            icon={<IconCircleCheck size={32} aria-hidden />}
          >
            {filtered ? undefined : t("conflicts.empty.next")}
          </Empty>
        )}
        {pages.rows !== undefined && pages.rows.length > 0 && (
          <>
            <ul className={classes.list} data-stale={pages.stale} aria-label={t("nav.conflicts")}>
              {pages.rows.map((conflict) => (
                <ConflictRow key={`${conflict.outlet_id} ${conflict.id}`} conflict={conflict} />
              ))}
            </ul>
            <Pager pages={pages} />
          </>
        )}
      </Stack>
    </>
  );
}

/** The side whose value is used: a person's choice, else the rule's. */
function winner(conflict: Conflict): Strategy | null {
  if (conflict.strategy === "local" || conflict.strategy === "cloud") return `${conflict.strategy}_wins`;
  if (conflict.status !== "merged") return null;
  return conflict.rule === "local_wins" || conflict.rule === "cloud_wins" ? conflict.rule : null;
}

function ConflictRow({ conflict }: { conflict: Conflict }) {
  const t = useText();
  const time = useTime();
  const queries = useQueryClient();
  const isAdmin = useIsAdmin();
  const outlets = useOutlets();
  const fieldWord = useFieldWord();
  const resolve = useMutation({
    mutationFn: (strategy: Strategy) =>
      data(
        hub.POST("/v1/hq/conflicts/{id}/resolve", {
          params: { path: { id: conflict.id } },
          body: { strategy, outlet_id: conflict.outlet_id },
        }),
      ),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["conflicts"] });
      void queries.invalidateQueries({ queryKey: ["outlets"] });
    },
  });
  const outlet = outlets.data?.find((each) => each.id === conflict.outlet_id)?.name ?? conflict.outlet_code;
  const status = STATUSES.find((each) => each === conflict.status);
  const decidable = isAdmin && conflict.status === "open";
  const who = (by: string | null | undefined, at: string | null | undefined) =>
    [by?.startsWith("hq:") ? by.slice(3) : null, at == null ? null : time.moment(at)].filter(Boolean).join(", ");
  const side = (strategy: Strategy, label: string, value: string | null | undefined, note: string) => (
    <div className={classes.side} data-chosen={winner(conflict) === strategy}>
      <span className={classes.label}>{label}</span>
      <span className={classes.value}>
        <Value value={value} field={conflict.field} />
      </span>
      {note !== "" && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
      {decidable && (
        <SaveButton
          type="button"
          variant="outline"
          pending={resolve.isPending && resolve.variables === strategy}
          disabled={resolve.isPending && resolve.variables !== strategy}
          leftSection={<IconCheck size={20} aria-hidden />}
          onClick={() => resolve.mutate(strategy)}
        >
          {strategy === "local_wins" ? t("conflict.choose.outlet") : t("conflict.choose.hub")}
        </SaveButton>
      )}
    </div>
  );
  return (
    <li className={classes.conflict}>
      <Group justify="space-between" gap="xs">
        <div>
          <Text fw={600} component="div">
            <Entity type={conflict.entity_type} id={conflict.entity_id} /> · {fieldWord(conflict.field)}
          </Text>
          <Text size="xs" c="dimmed" className="name">
            {outlet}
            {conflict.created_at != null && ` · ${time.moment(conflict.created_at)}`}
          </Text>
        </div>
        <StateBadge tone={status === undefined ? "neutral" : TONES[status]}>
          {status === undefined ? conflict.status : t(`conflict.status.${status}`)}
        </StateBadge>
      </Group>
      <div className={classes.sides}>
        {side("local_wins", t("conflict.outlet"), conflict.local, who(conflict.local_by, conflict.local_at))}
        {side("cloud_wins", t("conflict.hub"), conflict.cloud, who(conflict.cloud_by, conflict.cloud_at))}
        <div className={classes.side} data-base="true">
          <span className={classes.label}>{t("conflict.base")}</span>
          <span>
            <Value value={conflict.base} field={conflict.field} />
          </span>
        </div>
      </div>
      {resolve.error !== null && (
        <Stack mt="sm">
          <ErrorNote error={resolve.error} />
        </Stack>
      )}
    </li>
  );
}
