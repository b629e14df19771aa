import { Group, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { method } from "@shared/method";
import { grouped } from "@shared/money";
import { DateField } from "@shared/parts/date-field";
import { ErrorNote } from "@shared/parts/error-note";
import { Money } from "@shared/parts/money";
import { Card } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";
import classes from "./days.module.css";

type Day = components["schemas"]["ComparedDay"];
type Figures = components["schemas"]["DayFigures"];

/** The figures of a business day at the outlet beside those at head office. */
export function DaysPage() {
  const t = useText();
  const search = useSearch({ from: "/sync/days" });
  const navigate = useNavigate({ from: "/sync/days" });
  const today = useStatus().data?.business_date;
  const date = search.date ?? today ?? "";
  const day = useQuery({
    queryKey: ["sync", "statement", date],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/sync/statement", { params: { query: { date } }, signal })),
    enabled: date !== "",
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Group gap="md" mb="md" align="flex-end">
        <DateField
          label={t("days.date")}
          value={date}
          {...(today !== undefined && { max: today })}
          onChange={(next) => void navigate({ search: { date: next || undefined }, replace: true })}
        />
      </Group>
      {day.isPending && <Skeletons rows={4} height={48} />}
      {day.isError && <ErrorNote error={day.error} retry={() => void day.refetch()} />}
      {day.data !== undefined && !day.isError && <Compared day={day.data} />}
    </>
  );
}

function Compared({ day }: { day: Day }) {
  const t = useText();
  const time = useShopTime();
  const isOff = useStatus().data?.sync.state === "off";
  const problem = isOff ? t("days.off") : day.problem;
  const { outlet: here, hub: there } = day;
  const methods = [...new Set([...Object.keys(here.by_method), ...Object.keys(there?.by_method ?? {})])];
  const rows: { label: string; figure: (figures: Figures) => number; money: boolean }[] = [
    { label: t("days.orders"), figure: (figures) => figures.orders, money: false },
    { label: t("days.total"), figure: (figures) => figures.total, money: true },
    ...methods.map((name) => ({
      label: t(method(name)),
      figure: (figures: Figures) => figures.by_method[name] ?? 0,
      money: true,
    })),
  ];
  const shown = (amount: number, money: boolean) => (money ? <Money amount={amount} /> : grouped(amount));
  return (
    <div className={classes.day}>
      <Card>
        <Group justify="space-between" gap="xs" mb="sm">
          <Text fw={600}>{time.day(day.business_date)}</Text>
          {day.matches === true && <StateBadge tone="ok">{t("days.matches")}</StateBadge>}
          {day.matches === false && <StateBadge tone="bad">{t("days.differs")}</StateBadge>}
          {day.matches == null && <StateBadge tone="wait">{t("days.unknown")}</StateBadge>}
        </Group>
        {problem && (
          <Text mb="sm" className="name">
            {problem}
          </Text>
        )}
        {!day.settled && !isOff && <Text mb="sm">{t("days.unsettled")}</Text>}
        <table className={classes.compared}>
          <thead>
            <tr>
              <td />
              <th scope="col">{t("days.here")}</th>
              <th scope="col">{t("days.there")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const [a, b] = [row.figure(here), there == null ? null : row.figure(there)];
              return (
                <tr key={row.label} data-differs={b !== null && a !== b}>
                  <th scope="row">{row.label}</th>
                  <td className="figures">{shown(a, row.money)}</td>
                  <td className="figures">{b === null ? "–" : shown(b, row.money)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {day.matches === false && <Text mt="sm">{t("days.differs.next")}</Text>}
      </Card>
    </div>
  );
}
