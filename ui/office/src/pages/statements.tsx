import { Group, Stack, Text } from "@mantine/core";
import { body, hub } from "@shared/api/client";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { StateBadge } from "@shared/parts/state-badge";
import { chosenPeriod, type Period } from "@shared/period";
import { useTime } from "@shared/time";
import { IconCircleCheck, IconReportMoney } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useSlices } from "../api/lists";
import { type Schemas, useActiveOutlets, useHealth, useOutlets } from "../api/queries";
import { changed } from "../filters";
import { AddOutlet } from "../parts/add-outlet";
import { outletName } from "../parts/outlet-name";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { useText } from "../text";

const route = getRouteApi("/statements");
type ComparedDay = Schemas["ComparedDay"];
type OutletDay = Schemas["OutletDay"];

/** The figures of each day as the outlet and as head office calculated them. Without an outlet, the days that differ anywhere. */
export function StatementsPage() {
  const t = useText();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const outlets = useOutlets();
  const active = useActiveOutlets();
  // Of one outlet nobody chooses.
  const outletId = search.outlet ?? (active.length === 1 ? active[0]?.id : undefined);
  const today = useToday(outletId);
  const period = chosenPeriod(search, "last30", today);
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  return (
    <>
      <PageHead title={t("nav.statements")} lead={t("statements.lead")} />
      {outlets.data !== undefined && active.length === 0 && outletId === undefined ? (
        <Empty title={t("announcements.no_outlets")} icon={<IconReportMoney size={32} aria-hidden />}>
          <AddOutlet />
        </Empty>
      ) : (
        <Stack gap="md">
          <Group gap="xs">
            <OutletSelect all={active.length > 1} value={outletId} onChange={(outlet) => set({ outlet })} />
            {outletId !== undefined && (
              <PeriodPicker value={search} preset="last30" period={period} today={today} onChange={set} />
            )}
          </Group>
          {outletId === undefined ? <DifferingDays /> : <Days outletId={outletId} period={period} />}
        </Stack>
      )}
    </>
  );
}

/** The days of all outlets whose figures differ. */
function DifferingDays() {
  const t = useText();
  const time = useTime();
  const navigate = route.useNavigate();
  const outlets = useActiveOutlets();
  const health = useHealth();
  const days = health.data?.differing_days;
  const rows = useMemo(() => days && [...days].sort((a, b) => b.business_date.localeCompare(a.business_date)), [days]);
  const pages = useSlices("", {
    rows,
    error: health.error,
    reread: () => void health.refetch(),
  });
  const outletOf = ({ outlet_code }: OutletDay) => outlets.find(({ code }) => code === outlet_code);
  const columns: Column<OutletDay>[] = [
    {
      id: "day",
      title: t("statement.day"),
      render: (day) => <span className="figures">{time.day(day.business_date)}</span>,
    },
    {
      id: "outlet",
      title: t("outlet.one"),
      plain: true,
      render: (day) => {
        const outlet = outletOf(day);
        return <span className="name">{outlet === undefined ? day.outlet_code : outletName(outlet)}</span>;
      },
    },
    { id: "state", title: t("state"), plain: true, render: () => <DayState day={{ matches: false }} /> },
  ];
  return (
    <>
      {pages.rows !== undefined && pages.rows.length > 0 && <Text c="dimmed">{t("statements.differing")}</Text>}
      <List
        label={t("nav.statements")}
        pages={pages}
        rowId={(day) => `${day.outlet_code} ${day.business_date}`}
        columns={columns}
        open={(day) => {
          const outlet = outletOf(day)?.id;
          const { business_date: from } = day;
          if (outlet !== undefined) void navigate({ search: { outlet, from, to: from } });
        }}
        empty={
          <Empty title={t("statements.all_match")} icon={<IconCircleCheck size={32} aria-hidden />}>
            {t("statements.all_match.next")}
          </Empty>
        }
      />
    </>
  );
}

/** The days of an outlet, those first that somebody must look at. */
function Days({ outletId, period }: { outletId: string; period: Period }) {
  const t = useText();
  const time = useTime();
  const query = useQuery({
    queryKey: ["sales", "statements", outletId, period],
    queryFn: () => body(hub.GET("/v1/hq/statements", { params: { query: { outlet_id: outletId, ...period } } })),
  });
  // The others by date, the newest first.
  const rows = useMemo(
    () =>
      query.data &&
      [...query.data.data].sort(
        (a, b) =>
          Number(b.matches === false) - Number(a.matches === false) || b.business_date.localeCompare(a.business_date),
      ),
    [query.data],
  );
  const pages = useSlices(JSON.stringify([outletId, period]), {
    rows,
    error: query.error,
    reread: () => void query.refetch(),
  });
  const columns: Column<ComparedDay>[] = [
    {
      id: "day",
      title: t("statement.day"),
      render: (day) => <span className="figures">{time.day(day.business_date)}</span>,
    },
    { id: "state", title: t("state"), render: (day) => <DayState day={day} /> },
    {
      id: "outlet",
      title: t("statement.outlet"),
      figure: true,
      render: (day) =>
        day.outlet == null ? (
          "–"
        ) : (
          <>
            <Money amount={day.outlet.total} />
            <Text size="xs" c="dimmed">
              {t("statement.orders", { count: day.outlet.orders })}
            </Text>
          </>
        ),
    },
    {
      id: "hub",
      title: t("statement.hub"),
      figure: true,
      render: (day) => (
        <>
          <Money amount={day.hub.total} />
          <Text size="xs" c="dimmed">
            {t("statement.orders", { count: day.hub.orders })}
          </Text>
        </>
      ),
    },
    {
      id: "difference",
      title: t("statement.difference"),
      figure: true,
      render: (day) => (day.outlet == null ? "–" : <Money amount={day.hub.total - day.outlet.total} />),
    },
    {
      id: "reported",
      title: t("statement.reported"),
      minor: true,
      render: (day) => (day.reported_at == null ? "–" : time.moment(day.reported_at)),
    },
  ];
  return (
    <List
      label={t("nav.statements")}
      pages={pages}
      rowId={(day) => day.business_date}
      columns={columns}
      empty={
        <Empty title={t("statements.empty")} icon={<IconReportMoney size={32} aria-hidden />}>
          {t("statements.empty.next")}
        </Empty>
      }
    />
  );
}

function DayState({ day }: { day: Pick<ComparedDay, "matches" | "outlet"> }) {
  const t = useText();
  if (day.matches === false) return <StateBadge tone="bad">{t("statement.differs")}</StateBadge>;
  if (day.matches === true) return <StateBadge tone="ok">{t("statement.matches")}</StateBadge>;
  if (day.outlet == null) return <StateBadge tone="neutral">{t("statement.not_reported")}</StateBadge>;
  return <StateBadge tone="wait">{t("statement.pending")}</StateBadge>;
}
