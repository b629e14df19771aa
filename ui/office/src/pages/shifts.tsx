import { Button, Group, SegmentedControl, Stack } from "@mantine/core";
import { usePages } from "@shared/api/pages";
import { DifferenceBadge } from "@shared/parts/difference";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { StateBadge } from "@shared/parts/state-badge";
import { chosenPeriod } from "@shared/period";
import { useTime } from "@shared/time";
import { IconCashRegister } from "@tabler/icons-react";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { PAGE_SIZE } from "../api/lists";
import { type HqShift, listShifts } from "../api/shifts";
import { changed } from "../filters";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { useText } from "../text";

const route = getRouteApi("/shifts");

/** The shifts of all outlets, the latest first: over and short stand out. */
export function ShiftsPage() {
  const t = useText();
  const time = useTime();
  const router = useRouter();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "last7", today);
  const filter = {
    ...period,
    outlet_id: search.outlet,
    ...(search.show === "differing" && { differing: true }),
  };
  const pages = usePages<HqShift>(["sales", "shifts", filter], (cursor) => listShifts(filter, cursor, PAGE_SIZE));
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const columns: Column<HqShift>[] = [
    {
      id: "number",
      title: t("shift.number"),
      render: (shift) => <span className="figures">{`${shift.outlet_code} · ${shift.shift_number}`}</span>,
    },
    {
      id: "difference",
      title: t("figures.difference"),
      plain: true,
      render: (shift) =>
        shift.status === "open" ? (
          <StateBadge tone="info">{t("shift.open")}</StateBadge>
        ) : (
          <DifferenceBadge expected={shift.expected} counted={shift.counted} />
        ),
    },
    { id: "date", title: t("shift.date"), render: (shift) => time.day(shift.business_date) },
    { id: "drawer", title: t("shift.drawer"), render: (shift) => <span className="name">{shift.drawer_name}</span> },
    {
      id: "by",
      title: t("shift.by"),
      minor: true,
      render: (shift) => <span className="name">{shift.people[shift.closed_by ?? shift.opened_by ?? ""] ?? "–"}</span>,
    },
    {
      id: "expected",
      title: t("figures.expected"),
      figure: true,
      minor: true,
      render: (shift) => amount(shift.expected),
    },
    { id: "counted", title: t("figures.counted"), figure: true, render: (shift) => amount(shift.counted) },
  ];
  return (
    <>
      <PageHead title={t("nav.shifts")} lead={t("shifts.lead")} />
      <Stack gap="md">
        <Group gap="xs">
          <SegmentedControl
            aria-label={t("shifts.show")}
            data={[
              { value: "all", label: t("shifts.show.all") },
              { value: "differing", label: t("shifts.show.differing") },
            ]}
            value={search.show ?? "all"}
            onChange={(show) => set({ show: show === "differing" ? show : undefined })}
          />
          <PeriodPicker value={search} preset="last7" period={period} today={today} onChange={set} />
          <OutletSelect value={search.outlet} onChange={(outlet) => set({ outlet })} />
        </Group>
        {pages.rows?.length === 0 && pages.hasNext ? (
          <Empty title={t("shifts.not_yet")} icon={<IconCashRegister size={32} aria-hidden />}>
            <Button onClick={pages.next}>{t("shifts.search_older")}</Button>
          </Empty>
        ) : (
          <List
            label={t("nav.shifts")}
            pages={pages}
            rowId={(shift) => `${shift.outlet_id} ${shift.id}`}
            columns={columns}
            href={(shift) => `/shifts/${shift.id}`}
            open={(shift) => void router.navigate({ to: "/shifts/$id", params: { id: shift.id } })}
            empty={
              <Empty
                title={t(search.show === undefined ? "shifts.empty" : "shifts.none_differ")}
                icon={<IconCashRegister size={32} aria-hidden />}
              >
                {search.show === undefined ? t("shifts.empty.next") : undefined}
              </Empty>
            }
          />
        )}
      </Stack>
    </>
  );
}

const amount = (money: number | null | undefined) => (money == null ? "–" : <Money amount={money} />);
