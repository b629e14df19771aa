import { Group as Row, Stack, Switch, Text } from "@mantine/core";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Figure, Figures } from "@shared/parts/figures";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Card, PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { chosenPeriod, daysOf, type Period } from "@shared/period";
import { soldText } from "@shared/quantity";
import { useTime } from "@shared/time";
import { IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useIntl } from "react-intl";
import { readAll, useSlices } from "../api/lists";
import { useOutlets } from "../api/queries";
import { type Group, type GroupRow, readSalesBy, type SalesFilter } from "../api/sales";
import { changed, GROUPS } from "../filters";
import { ChangeNote } from "../parts/change";
import { OutletSelect } from "../parts/outlet-select";
import { PageTabs } from "../parts/tabs";
import { useToday } from "../parts/today";
import { useText } from "../text";
import classes from "./sales.module.css";

const SalesChart = lazy(() => import("../parts/sales-chart").then((module) => ({ default: module.SalesChart })));
const route = getRouteApi("/sales");
const METHODS = ["cash", "qris", "card", "transfer", "ewallet", "other"] as const;

function useSales(group: Group, filter: SalesFilter) {
  return useQuery({
    queryKey: ["sales", "by", group, filter],
    queryFn: () => readAll<GroupRow>((cursor, limit) => readSalesBy(group, filter, cursor, limit)),
    // Rows of another group have other keys.
    placeholderData: (previous, query) => (query?.queryKey[2] === group ? previous : undefined),
  });
}

/** The chain's sales in groups, beside those of a week earlier. */
export function SalesPage() {
  const t = useText();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "last7", today);
  const oneDay = period.from === period.to;
  const group = search.group ?? (oneDay ? "hour" : "day");
  const compared = search.compare !== "off";
  const filter: SalesFilter = {
    ...period,
    outlet_id: search.outlet,
    compare: compared ? "last_week" : undefined,
  };
  const days = useSales("day", filter);
  const groups = useSales(group, filter);
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const none = groups.data !== undefined && groups.data.length === 0;
  return (
    <>
      <PageHead title={t("nav.sales")} lead={t("sales.lead")} />
      <Stack gap="md">
        <Row gap="xs">
          <PeriodPicker value={search} preset="last7" period={period} today={today} onChange={set} />
          <OutletSelect value={search.outlet} onChange={(outlet) => set({ outlet })} />
          <Switch
            size="md"
            label={t("sales.compare")}
            checked={compared}
            onChange={(event) => set({ compare: event.currentTarget.checked ? undefined : "off" })}
          />
        </Row>
        <Totals rows={days.data} compared={compared} />
        <PageTabs
          value={group}
          onChange={(next) => set({ group: next })}
          tabs={GROUPS.map((value) => ({ value, label: t(`sales.by.${value}`) }))}
        >
          <Stack gap="md">
            {(group === "day" || group === "hour") && !none && groups.error === null && (
              <Card>
                <div className={classes.chart}>
                  {groups.data !== undefined && (
                    <Suspense fallback={null}>
                      <Chart group={group} rows={groups.data} period={period} compared={compared} />
                    </Suspense>
                  )}
                </div>
              </Card>
            )}
            {days.error !== null && groups.error === null && <ErrorNote error={days.error} />}
            <Groups group={group} query={groups} compared={compared} period={period} outlet={search.outlet} />
          </Stack>
        </PageTabs>
      </Stack>
    </>
  );
}

function Totals({ rows, compared }: { rows: GroupRow[] | undefined; compared: boolean }) {
  const t = useText();
  const sum = (figure: (row: GroupRow) => number | null | undefined) =>
    (rows ?? []).reduce((all, row) => all + (figure(row) ?? 0), 0);
  const [amount, orders] = [sum((row) => row.amount), sum((row) => row.orders)];
  const [amountBefore, ordersBefore] = [sum((row) => row.last_week?.amount), sum((row) => row.last_week?.orders)];
  const average = (total: number, count: number) => (count === 0 ? 0 : Math.round(total / count));
  const shown = rows !== undefined;
  const note = (now: number, before: number) =>
    compared && shown ? <ChangeNote now={now} before={before} /> : undefined;
  return (
    <Figures>
      <Figure
        label={t("sales.amount")}
        value={shown ? <Money amount={amount} /> : "–"}
        note={note(amount, amountBefore)}
      />
      <Figure label={t("sales.orders")} value={shown ? grouped(orders) : "–"} note={note(orders, ordersBefore)} />
      <Figure
        label={t("sales.average")}
        value={shown ? <Money amount={average(amount, orders)} /> : "–"}
        note={note(average(amount, orders), average(amountBefore, ordersBefore))}
      />
    </Figures>
  );
}

interface ChartProps {
  group: "day" | "hour";
  rows: GroupRow[];
  period: Period;
  compared: boolean;
}

/** The chart has a place for each day or hour, also for those without sales. */
function Chart({ group, rows, period, compared }: ChartProps) {
  const t = useText();
  const intl = useIntl();
  const points = useMemo(() => {
    const byKey = new Map(rows.map((row) => [row.key, row]));
    const keys = group === "day" ? daysOf(period) : hoursOf(rows);
    return keys.map((key) => ({
      label:
        group === "hour"
          ? t("hour", { hour: key })
          : intl.formatDate(`${key}T00:00:00Z`, { day: "numeric", month: "short", timeZone: "UTC" }),
      amount: byKey.get(key)?.amount ?? 0,
      lastWeek: compared ? (byKey.get(key)?.last_week?.amount ?? 0) : null,
    }));
  }, [rows, group, period, compared, intl, t]);
  return <SalesChart points={points} />;
}

function hoursOf(rows: GroupRow[]): string[] {
  const hours = rows.map((row) => Number(row.key)).filter((hour) => Number.isInteger(hour));
  if (hours.length === 0) return [];
  const first = Math.min(...hours);
  return Array.from({ length: Math.max(...hours) - first + 1 }, (_, at) => String(first + at).padStart(2, "0"));
}

interface GroupsProps {
  group: Group;
  query: ReturnType<typeof useSales>;
  compared: boolean;
  period: Period;
  outlet: string | undefined;
}

function Groups({ group, query, compared, period, outlet }: GroupsProps) {
  const t = useText();
  const intl = useIntl();
  const router = useRouter();
  const name = useGroupName(group);
  const pages = {
    ...useSlices(JSON.stringify([group, period, outlet]), {
      rows: query.data,
      error: query.error,
      reread: () => void query.refetch(),
    }),
    stale: query.isPlaceholderData,
  };
  const total = (query.data ?? []).reduce((all, row) => all + row.amount, 0);
  const pieces = group === "product" || group === "category";
  const columns: Column<GroupRow>[] = [
    {
      id: "name",
      title: t(`sales.by.${group}`),
      render: (row) => (group === "day" ? <span className="figures">{name(row)}</span> : name(row)),
    },
    ...(group === "tender"
      ? []
      : [
          {
            id: "count",
            title: pieces ? t("sales.pieces") : t("sales.orders"),
            figure: true,
            render: (row: GroupRow) =>
              pieces ? soldText(row.qty ?? 0, row.weighed_qty ?? 0) : grouped(row.orders ?? 0),
          },
        ]),
    { id: "amount", title: t("sales.amount"), figure: true, render: (row) => <Money amount={row.amount} /> },
    ...(compared
      ? [
          {
            id: "last_week",
            title: t("sales.last_week"),
            figure: true,
            render: (row: GroupRow) =>
              row.last_week == null ? (
                "–"
              ) : (
                <>
                  <Money amount={row.last_week.amount} />
                  <Text size="xs" component="div">
                    <ChangeNote now={row.amount} before={row.last_week.amount} short />
                  </Text>
                </>
              ),
          },
        ]
      : []),
    {
      id: "share",
      title: t("sales.share"),
      figure: true,
      minor: true,
      render: (row) => {
        const part = total === 0 ? 0 : row.amount / total;
        return (
          <span className={classes.share}>
            <span className={classes.bar} aria-hidden>
              <span style={{ width: `${Math.max(0, Math.min(1, part)) * 100}%` }} />
            </span>
            <span className={classes.part}>
              {intl.formatNumber(part, { style: "percent", maximumFractionDigits: 1 })}
            </span>
          </span>
        );
      },
    },
  ];
  const drill = drillTo(group, outlet);
  return (
    <List
      label={t(`sales.by.${group}`)}
      pages={pages}
      rowId={(row) => row.key}
      columns={columns}
      {...(drill !== null && {
        open: (row: GroupRow) => {
          const to = drill(row);
          if (to === null) return;
          if ("orders" in to) void router.navigate({ to: "/orders", search: to.orders });
          else void router.navigate({ to: "/sales", search: { ...period, outlet: to.outlet, group: "day" } });
        },
      })}
      empty={
        <Empty title={t("sales.empty")} icon={<IconChartBar size={32} aria-hidden />}>
          {t("sales.empty.next")}
        </Empty>
      }
    />
  );
}

/** What is behind a row: the orders of a day, or an outlet's own figures. */
function drillTo(group: Group, outlet: string | undefined) {
  if (group === "day") {
    return (row: GroupRow) => ({
      orders: { from: row.key, to: row.key, ...(outlet !== undefined && { outlet }) },
    });
  }
  if (group === "outlet") return (row: GroupRow) => ({ outlet: row.key });
  return null;
}

function useGroupName(group: Group): (row: GroupRow) => string {
  const t = useText();
  const time = useTime();
  const outlets = useOutlets();
  const known = useMemo(() => new Map((outlets.data ?? []).map((outlet) => [outlet.id, outlet.name])), [outlets.data]);
  return (row) => {
    switch (group) {
      case "day":
        return time.day(row.key);
      case "hour":
        return row.key === "" ? t("sales.unknown.hour") : t("sales.hour", { hour: row.key });
      case "tender": {
        const method = METHODS.find((each) => each === row.key);
        return row.name ?? (method === undefined ? row.key : t(`method.${method}`));
      }
      case "outlet":
        return known.get(row.key) ?? row.name ?? row.key;
      case "category":
        return row.name ?? t("sales.unknown.category");
      case "cashier":
        return row.name ?? t("sales.unknown.cashier");
      case "channel":
        return row.key === "" ? t("sales.own") : (row.name ?? t("menu.channel.gone"));
      default:
        return row.name ?? row.key;
    }
  };
}
