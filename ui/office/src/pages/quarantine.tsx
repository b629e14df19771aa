import { Group, Stack, Switch, Text } from "@mantine/core";
import { body, data, hub } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { useDialogs } from "@shared/parts/dialogs";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { PageHead } from "@shared/parts/page-head";
import { Sheet } from "@shared/parts/sheet";
import { StateBadge } from "@shared/parts/state-badge";
import { useTime } from "@shared/time";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { given, PAGE_SIZE } from "../api/lists";
import type { Schemas } from "../api/queries";
import { changed } from "../filters";
import { useEntityWord } from "../parts/entity";
import { OutletSelect } from "../parts/outlet-select";
import { PageTabs } from "../parts/tabs";
import { useEditor } from "../parts/use-editor";
import { useText } from "../text";
import { DeadLetterDetail } from "./quarantine/dead-letter";
import { ReportedItems } from "./quarantine/reported";

const route = getRouteApi("/quarantine");
type DeadLetter = Schemas["DeadLetter"];

/** What the hub stored but did not apply, and what outlets could not send or apply. */
export function QuarantinePage() {
  const t = useText();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  return (
    <>
      <PageHead title={t("nav.quarantine")} lead={t("quarantine.lead")} />
      <PageTabs
        value={search.tab ?? "letters"}
        onChange={(tab) =>
          void navigate({
            search: (old) => changed(old, { tab: tab === "letters" ? undefined : tab, closed: undefined }),
            replace: true,
          })
        }
        tabs={(["letters", "reported"] as const).map((value) => ({ value, label: t(`quarantine.tab.${value}`) }))}
      >
        {search.tab === undefined ? <DeadLetters /> : <ReportedItems outlet={search.outlet} />}
      </PageTabs>
    </>
  );
}

function DeadLetters() {
  const t = useText();
  const time = useTime();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const queries = useQueryClient();
  const { ask } = useDialogs();
  const word = useEntityWord();
  const detail = useEditor<DeadLetter>();
  const closed = search.closed === "yes";
  const pages = usePages<DeadLetter>(["outlets", "dead-letters", search.outlet ?? "", closed], (cursor, signal) =>
    body(
      hub.GET("/v1/hq/quarantine", {
        params: {
          query: given({ outlet_id: search.outlet, discarded: closed || undefined, limit: PAGE_SIZE, cursor }),
        },
        signal,
      }),
    ),
  );
  const done = () => {
    detail.close();
    return queries.invalidateQueries({ queryKey: ["outlets"] });
  };
  const path = ({ outlet_id, batch_id, item_no }: DeadLetter) => ({
    params: { path: { outlet_id, batch_id, item_no } },
  });
  const discard = (letter: DeadLetter) =>
    ask({
      title: t("letter.discard.ask", { what: word(letter.entity_type), outlet: letter.outlet_code }),
      body: t("letter.discard.what"),
      verb: t("letter.discard"),
      danger: true,
      reason: t("reason"),
      act: async (reason) => {
        await data(
          hub.POST("/v1/hq/quarantine/{outlet_id}/{batch_id}/{item_no}/discard", { ...path(letter), body: { reason } }),
        );
        await done();
      },
    });
  const accept = (letter: DeadLetter) =>
    ask({
      title: t("letter.accept.ask", { outlet: letter.outlet_code }),
      body: t("letter.accept.what"),
      verb: t("letter.accept"),
      reason: t("reason"),
      act: async (reason) => {
        await data(
          hub.POST("/v1/hq/quarantine/{outlet_id}/{batch_id}/{item_no}/accept", { ...path(letter), body: { reason } }),
        );
        await done();
      },
    });
  const columns: Column<DeadLetter>[] = [
    { id: "what", title: t("letter.what"), render: (letter) => word(letter.entity_type) },
    {
      id: "outlet",
      title: t("outlet.one"),
      plain: true,
      render: (letter) => <span className="figures">{letter.outlet_code}</span>,
    },
    {
      id: "reason",
      title: t("letter.reason"),
      plain: true,
      render: (letter) => (
        <Text lineClamp={2}>
          <Numbered>{letter.message ?? t("letter.unknown_type")}</Numbered>
        </Text>
      ),
    },
    {
      id: "at",
      title: t("letter.received"),
      minor: true,
      width: 200,
      render: (letter) => time.moment(letter.received_at),
    },
    { id: "state", title: t("state"), plain: true, render: (letter) => <LetterState letter={letter} /> },
  ];
  return (
    <Stack gap="md">
      <Text c="dimmed">{t("letters.lead")}</Text>
      <Group gap="md">
        <OutletSelect
          value={search.outlet}
          onChange={(outlet) => void navigate({ search: (old) => changed(old, { outlet }), replace: true })}
        />
        <Switch
          size="md"
          label={t("letters.closed")}
          checked={closed}
          onChange={(event) => {
            const shown = event.currentTarget.checked ? ("yes" as const) : undefined;
            void navigate({ search: (old) => changed(old, { closed: shown }), replace: true });
          }}
        />
      </Group>
      <List
        label={t("quarantine.tab.letters")}
        pages={pages}
        rowId={(letter) => `${letter.batch_id} ${letter.item_no}`}
        columns={columns}
        open={detail.edit}
        empty={
          <Empty title={t("letters.empty")} icon={<IconCircleCheck size={32} aria-hidden />}>
            {t("letters.empty.next")}
          </Empty>
        }
      />
      <Sheet title={t("letter.one")} opened={detail.opened} close={detail.close}>
        {detail.row !== null && (
          <DeadLetterDetail
            letter={detail.row}
            accept={() => detail.row !== null && accept(detail.row)}
            discard={() => detail.row !== null && discard(detail.row)}
          />
        )}
      </Sheet>
    </Stack>
  );
}

export function LetterState({ letter }: { letter: DeadLetter }) {
  const t = useText();
  if (letter.accepted_by != null) return <StateBadge tone="ok">{t("letter.state.accepted")}</StateBadge>;
  if (letter.discarded_at != null) return <StateBadge tone="neutral">{t("letter.state.discarded")}</StateBadge>;
  if (letter.resolved_at != null) return <StateBadge tone="ok">{t("letter.state.resolved")}</StateBadge>;
  return <StateBadge tone="bad">{t("letter.state.open")}</StateBadge>;
}
