import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { SearchInput } from "@shared/parts/fields";
import { Figure, Figures } from "@shared/parts/figures";
import { useNow } from "@shared/parts/late";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { PageHead } from "@shared/parts/page-head";
import { StateBadge } from "@shared/parts/state-badge";
import { addDays } from "@shared/period";
import { useTime } from "@shared/time";
import { IconBuildingStore } from "@tabler/icons-react";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useSlices } from "../api/lists";
import { type OutletSummary, type Schemas, useDays, useOutlets } from "../api/queries";
import { ATTENTION, changed } from "../filters";
import { AddOutlet } from "../parts/add-outlet";
import { byUrgency, problemsOf } from "../parts/outlets";
import { PresenceBadge } from "../parts/presence";
import { useText } from "../text";

const route = getRouteApi("/outlets");

type Day = Schemas["Day"];
type Attention = (typeof ATTENTION)[number];

const MATCHES: Record<Attention, (outlet: OutletSummary) => boolean> = {
  silent: (outlet) => outlet.presence === "silent",
  problems: (outlet) => problemsOf(outlet).length > 0,
  waiting: (outlet) => (outlet.pending ?? 0) + (outlet.waiting_sale_count ?? 0) > 0,
};

/** All outlets, silent ones first. */
export function OutletsPage() {
  const t = useText();
  const router = useRouter();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const outlets = useOutlets();
  const now = useBusinessDays(outlets.data, 0);
  const lastWeek = useBusinessDays(outlets.data, -7);
  const rows = useMemo(() => {
    const wanted = (search.q ?? "").toLocaleLowerCase();
    return outlets.data
      ?.filter((outlet) => search.show === undefined || MATCHES[search.show](outlet))
      .filter((outlet) => `${outlet.name}\n${outlet.code}`.toLocaleLowerCase().includes(wanted))
      .sort(byUrgency);
  }, [outlets.data, search.q, search.show]);
  const pages = useSlices(JSON.stringify(search), {
    rows,
    error: outlets.error,
    reread: () => void outlets.refetch(),
  });
  const columns = useColumns(byOutlet(now), byOutlet(lastWeek));
  const none = outlets.data?.length === 0;
  return (
    <>
      <PageHead title={t("nav.outlets")} lead={t("outlets.lead")} {...(!none && { actions: <AddOutlet /> })} />
      <Stack gap="md">
        {!none && <Today outlets={outlets.data} now={now} lastWeek={lastWeek} />}
        {!none && (
          <Group gap="xs">
            <SearchInput
              label={t("outlets.search")}
              value={search.q ?? ""}
              onChange={(q) => void navigate({ search: (old) => changed(old, { q }), replace: true })}
            />
            <SegmentedControl
              size="md"
              aria-label={t("outlets.show")}
              value={search.show ?? "all"}
              onChange={(show) =>
                void navigate({
                  search: (old) => changed(old, { show: ATTENTION.find((known) => known === show) }),
                  replace: true,
                })
              }
              data={(["all", ...ATTENTION] as const).map((value) => ({ value, label: t(`outlets.show.${value}`) }))}
            />
          </Group>
        )}
        <List
          label={t("nav.outlets")}
          pages={pages}
          rowId={(outlet) => outlet.id}
          columns={columns}
          href={(outlet) => `/outlets/${outlet.id}`}
          open={(outlet) => void router.navigate({ to: "/outlets/$id", params: { id: outlet.id } })}
          empty={
            none ? (
              <Empty title={t("outlets.empty")} icon={<IconBuildingStore size={32} aria-hidden />}>
                <AddOutlet />
              </Empty>
            ) : (
              <Empty title={t("outlets.no_match")} />
            )
          }
        />
      </Stack>
    </>
  );
}

/** Each outlet's day that is so many days from its today: not all have the same date now. */
function useBusinessDays(outlets: OutletSummary[] | undefined, daysFromToday: number): Day[] | undefined {
  const dates = new Map((outlets ?? []).map(({ id, business_date }) => [id, addDays(business_date, daysFromToday)]));
  const sorted = [...dates.values()].sort();
  const [from, to] = [sorted[0] ?? "", sorted.at(-1) ?? ""];
  const { data } = useDays({ from, to }, undefined, from !== "");
  return data?.filter((day) => day.business_date === dates.get(day.outlet_id));
}

function byOutlet(days: Day[] | undefined): Map<string, Day> {
  return new Map((days ?? []).map((day) => [day.outlet_id, day]));
}

function useColumns(now: Map<string, Day>, lastWeek: Map<string, Day>): Column<OutletSummary>[] {
  const t = useText();
  const time = useTime();
  const moment = useNow(30_000);
  return [
    {
      id: "name",
      title: t("outlet.one"),
      render: (outlet) => (
        <>
          {outlet.name}
          <Text size="xs" c="dimmed" fw={400}>
            {outlet.code}
          </Text>
        </>
      ),
    },
    {
      id: "presence",
      title: t("outlet.heard"),
      render: (outlet) => (
        <>
          <PresenceBadge presence={outlet.presence} />
          <Text size="xs" c="dimmed">
            {outlet.last_contact_at == null ? t("outlet.never") : time.ago(outlet.last_contact_at, moment)}
          </Text>
        </>
      ),
    },
    {
      id: "pending",
      title: t("outlet.waiting"),
      figure: true,
      render: (outlet) => {
        const onDevices = outlet.waiting_sale_count ?? 0;
        return (
          <>
            {outlet.pending == null ? "–" : grouped(outlet.pending)}
            {onDevices > 0 && (
              <Text size="xs" c="dimmed">
                {t("outlet.on_devices", { count: onDevices })}
              </Text>
            )}
          </>
        );
      },
    },
    {
      id: "today",
      title: t("outlets.today"),
      figure: true,
      render: (outlet) => {
        const before = lastWeek.get(outlet.id)?.total ?? 0;
        return (
          <>
            <Money amount={now.get(outlet.id)?.total ?? 0} />
            {before !== 0 && (
              <Text size="xs" c="dimmed" style={{ whiteSpace: "normal" }}>
                {t("outlets.last_week")} <Money amount={before} />
              </Text>
            )}
          </>
        );
      },
    },
    { id: "problems", title: t("outlets.problems"), render: (outlet) => <Problems outlet={outlet} /> },
    { id: "version", title: t("outlet.version"), minor: true, render: (outlet) => outlet.app_version ?? "–" },
  ];
}

function Problems({ outlet }: { outlet: OutletSummary }) {
  const t = useText();
  const [worst, ...others] = problemsOf(outlet);
  if (worst === undefined) {
    return (
      <Text c="dimmed" span>
        {t("outlets.problems.none")}
      </Text>
    );
  }
  return (
    <>
      <StateBadge tone={worst.kind === "conflicts" || worst.kind === "clock" ? "wait" : "bad"}>
        {t(`problem.${worst.kind}`, { count: worst.count })}
      </StateBadge>
      {others.length > 0 && (
        <Text size="xs" c="dimmed">
          {t("outlets.problems.more", { count: others.length })}
        </Text>
      )}
    </>
  );
}

interface TodayProps {
  outlets: OutletSummary[] | undefined;
  now: Day[] | undefined;
  lastWeek: Day[] | undefined;
}

/** The chain's figures of today. */
function Today({ outlets, now, lastWeek }: TodayProps) {
  const t = useText();
  const sum = (days: Day[] | undefined, figure: "total" | "orders") =>
    (days ?? []).reduce((all, day) => all + day[figure], 0);
  const active = outlets?.filter((outlet) => outlet.state === "active");
  const silent = active?.filter(MATCHES.silent).length ?? 0;
  const waiting = active?.reduce((all, outlet) => all + (outlet.pending ?? 0), 0) ?? 0;
  const before = sum(lastWeek, "total");
  const shown = (known: unknown, value: ReactNode) => (known === undefined ? "–" : value);
  return (
    <Figures>
      <Figure
        label={t("outlets.sales_today")}
        value={shown(now, <Money amount={sum(now, "total")} />)}
        note={
          lastWeek !== undefined &&
          (before === 0 ? (
            t("change.none")
          ) : (
            <>
              {t("outlets.last_week_whole")} <Money amount={before} />
            </>
          ))
        }
      />
      <Figure
        label={t("outlets.orders_today")}
        value={shown(now, grouped(sum(now, "orders")))}
        note={
          lastWeek !== undefined &&
          (before === 0 ? t("change.none") : `${t("outlets.last_week_whole")} ${grouped(sum(lastWeek, "orders"))}`)
        }
      />
      <Figure
        label={t("outlets.silent")}
        value={shown(active, grouped(silent))}
        note={active !== undefined && t("outlets.of", { count: active.length })}
        {...(silent > 0 && { tone: "wait" as const })}
      />
      <Figure label={t("outlets.waiting")} value={shown(active, grouped(waiting))} note={t("outlets.waiting.note")} />
    </Figures>
  );
}
