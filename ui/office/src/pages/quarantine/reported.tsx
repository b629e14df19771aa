import { Button, Group, Stack, Text } from "@mantine/core";
import { body, data, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Pager } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { Card } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge, type Tone } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconCircleCheck, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { given } from "../../api/lists";
import { type Schemas, useOutlets } from "../../api/queries";
import { useIsAdmin } from "../../api/session";
import { Entity, useEntityWord } from "../../parts/entity";
import { OutletSelect } from "../../parts/outlet-select";
import { useText } from "../../text";

type OutletQuarantine = Schemas["OutletQuarantine"];
type Item = Schemas["ReportedItem"] | Schemas["UnappliedUpdate"];
/** What an outlet could not send, or could not apply. */
type Kind = "items" | "unapplied";

/** Outlets on a page: each may have many items. */
const OUTLETS = 20;
/** The items of an outlet that are shown; the rest follows once these are decided. */
const ITEMS = 50;

/** What outlets reported with their last batch: items that they do not send, and head office's changes that they could not apply. */
export function ReportedItems({ outlet }: { outlet: string | undefined }) {
  const t = useText();
  const router = useRouter();
  const pages = usePages<OutletQuarantine>(["outlets", "reported"], (cursor, signal) =>
    body(hub.GET("/v1/hq/quarantine/outlets", { params: { query: given({ limit: OUTLETS, cursor }) }, signal })),
  );
  const rows = pages.rows?.filter((row) => outlet === undefined || row.outlet_id === outlet);
  return (
    <Stack gap="md">
      <Text c="dimmed">{t("reported.lead")}</Text>
      <Group>
        <OutletSelect
          value={outlet}
          onChange={(next) =>
            void router.navigate({
              to: "/quarantine",
              search: { tab: "reported", ...(next !== undefined && { outlet: next }) },
              replace: true,
            })
          }
        />
      </Group>
      {pages.error !== null && <ErrorNote error={pages.error} retry={pages.reread} />}
      {rows === undefined && pages.error === null && <Skeletons rows={3} height={120} />}
      {rows?.length === 0 && (
        <Empty title={t("reported.empty")} icon={<IconCircleCheck size={32} aria-hidden />}>
          {t("reported.empty.next")}
        </Empty>
      )}
      {rows?.map((row) => (
        <OutletItems key={row.outlet_id} row={row} />
      ))}
      {rows !== undefined && <Pager pages={pages} />}
    </Stack>
  );
}

function OutletItems({ row }: { row: OutletQuarantine }) {
  const t = useText();
  const time = useTime();
  const outlets = useOutlets();
  const name = outlets.data?.find((outlet) => outlet.id === row.outlet_id)?.name ?? row.outlet_code;
  const items: [Kind, Item][] = [
    ...row.quarantined.map((item): [Kind, Item] => ["items", item]),
    ...row.unapplied.map((item): [Kind, Item] => ["unapplied", item]),
  ];
  return (
    <Card>
      <Group justify="space-between" gap="xs" mb="xs">
        <Text fw={600} className="name">
          {name} · {row.outlet_code}
        </Text>
        <Text size="xs" c="dimmed">
          {t("reported.at", { at: time.moment(row.reported_at) })}
        </Text>
      </Group>
      <Stack gap="md">
        {items.slice(0, ITEMS).map(([kind, item]) => (
          <ReportedRow
            key={`${kind} ${item.entity_type} ${item.entity_id}`}
            kind={kind}
            item={item}
            outlet={row.outlet_id}
          />
        ))}
        {items.length > ITEMS && <Text c="dimmed">{t("reported.more", { count: items.length - ITEMS })}</Text>}
      </Stack>
    </Card>
  );
}

const STATES = ["failed", "isolated", "discarded", "retrying"] as const;
const TONES: Record<(typeof STATES)[number], Tone> = {
  failed: "bad",
  isolated: "wait",
  retrying: "wait",
  discarded: "neutral",
};
const DECISIONS = ["retry", "discard", "keep"] as const;

function ReportedRow({ kind, item, outlet }: { kind: Kind; item: Item; outlet: string }) {
  const t = useText();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const isAdmin = useIsAdmin();
  const word = useEntityWord();
  const { entity_type, entity_id } = item;
  const params = { path: { outlet, entity_type, entity_id } };
  const done = () => queries.invalidateQueries({ queryKey: ["outlets"] });
  const retry = useMutation<unknown>({
    mutationFn: () =>
      kind === "items"
        ? data(hub.POST("/v1/hq/quarantine/outlets/{outlet}/{entity_type}/{entity_id}/retry", { params }))
        : data(hub.POST("/v1/hq/quarantine/unapplied/{outlet}/{entity_type}/{entity_id}/retry", { params })),
    onSuccess: done,
  });
  const askDiscard = () =>
    ask({
      title: t("reported.discard.ask", { what: word(entity_type) }),
      body: kind === "items" ? t("reported.discard.items") : t("reported.discard.unapplied"),
      verb: t("letter.discard"),
      danger: true,
      reason: t("reason"),
      act: async (reason) => {
        const sent = { params, body: { reason } };
        if (kind === "items") {
          await data(hub.POST("/v1/hq/quarantine/outlets/{outlet}/{entity_type}/{entity_id}/discard", sent));
        } else {
          await data(hub.POST("/v1/hq/quarantine/unapplied/{outlet}/{entity_type}/{entity_id}/discard", sent));
        }
        await done();
      },
    });
  const state = STATES.find((each) => each === item.state);
  const decided = DECISIONS.find((each) => each === item.decided);
  return (
    <div>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ flex: "1 1 280px", minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600} component="div">
              <Entity type={entity_type} id={entity_id} />
            </Text>
            <StateBadge tone={state === undefined ? "neutral" : TONES[state]}>
              {state === undefined ? t(`reported.kind.${kind}`) : t(`reported.state.${state}`)}
            </StateBadge>
          </Group>
          {item.message != null && (
            <Text c="dimmed" className="name">
              <Numbered>{item.message}</Numbered>
            </Text>
          )}
          {decided !== undefined && (
            <Text size="xs" c="info">
              {t(`reported.decided.${decided}`)}
            </Text>
          )}
        </div>
        {isAdmin && decided === undefined && (
          <Group gap="xs">
            <Button
              variant="default"
              leftSection={<IconRefresh size={20} aria-hidden />}
              onClick={() => retry.mutate()}
              disabled={retry.isPending}
            >
              {t("action.retry")}
            </Button>
            {state !== "discarded" && (
              <Button
                variant="subtle"
                color="bad"
                leftSection={<IconTrash size={20} aria-hidden />}
                onClick={askDiscard}
              >
                {t("letter.discard")}
              </Button>
            )}
          </Group>
        )}
      </Group>
      {retry.error !== null && <ErrorNote error={retry.error} />}
    </div>
  );
}
