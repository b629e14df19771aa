import { Select, Stack } from "@mantine/core";
import { body, outlet } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { DateField } from "@shared/parts/date-field";
import { DifferenceBadge } from "@shared/parts/difference";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Filters, PageHead } from "@shared/parts/page-head";
import type { Shift } from "@shared/parts/shift-detail";
import { StateBadge } from "@shared/parts/state-badge";
import { IconCashRegister } from "@tabler/icons-react";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useNames } from "../people/names";
import type { ShiftFilter } from "../routes";
import { useDrawers } from "../shop/use-drawers";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";

/** The shifts of all drawers, the latest first: over and short stand out. */
export function ShiftsPage() {
  const t = useText();
  const time = useShopTime();
  const router = useRouter();
  const search = useSearch({ from: "/shifts" });
  const navigate = useNavigate({ from: "/shifts" });
  const drawers = useDrawers();
  const nameOf = useNames();
  const today = useStatus().data?.business_date;
  const { drawer, date, status } = search;
  const filter = { ...(drawer && { drawer_id: drawer }), ...(date && { date }), ...(status && { status }) };
  const pages = usePages<Shift>(["orders", "shifts", filter], (cursor, signal) =>
    body(
      outlet.GET("/api/v1/shifts", { params: { query: { limit: 50, ...filter, ...(cursor && { cursor }) } }, signal }),
    ),
  );
  const set = (change: ShiftFilter) => void navigate({ search: { ...search, ...change }, replace: true });
  const columns: Column<Shift>[] = [
    {
      id: "number",
      title: t("shifts.number"),
      render: (shift) => <span className="figures">{shift.shift_number}</span>,
    },
    {
      id: "difference",
      title: t("figures.difference"),
      plain: true,
      render: (shift) =>
        shift.status === "open" ? (
          <StateBadge tone="info">{t("shifts.open")}</StateBadge>
        ) : (
          <DifferenceBadge expected={shift.expected} counted={shift.counted} />
        ),
    },
    { id: "date", title: t("shifts.date"), render: (shift) => time.day(shift.business_date) },
    { id: "drawer", title: t("shifts.drawer"), render: (shift) => <span className="name">{shift.drawer_name}</span> },
    {
      id: "by",
      title: t("shifts.by"),
      minor: true,
      render: (shift) => <span className="name">{nameOf(shift.closed_by ?? shift.opened_by) ?? "–"}</span>,
    },
    { id: "expected", title: t("figures.expected"), figure: true, render: (shift) => <Amount of={shift.expected} /> },
    { id: "counted", title: t("figures.counted"), figure: true, render: (shift) => <Amount of={shift.counted} /> },
  ];
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead title={t("place.shifts")} lead={t("shifts.lead")} />
      <Stack gap="md">
        {(isFiltered || pages.rows?.length !== 0) && (
          <Filters>
            <DateField
              label={t("shifts.date")}
              clearable
              value={date ?? ""}
              {...(today !== undefined && { max: today })}
              onChange={(next) => set({ date: next || undefined })}
            />
            <Select
              label={t("shifts.drawer")}
              placeholder={t("shifts.all_drawers")}
              data={(drawers.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              value={drawer ?? null}
              clearable
              onChange={(next) => set({ drawer: next ?? undefined })}
            />
            <Select
              label={t("column.state")}
              data={[
                { value: "all", label: t("shifts.all") },
                { value: "open", label: t("shifts.open") },
                { value: "closed", label: t("shifts.closed") },
              ]}
              value={status ?? "all"}
              allowDeselect={false}
              onChange={(next) => set({ status: next === "open" || next === "closed" ? next : undefined })}
            />
          </Filters>
        )}
        <List
          label={t("place.shifts")}
          pages={pages}
          rowId={(shift) => shift.id}
          columns={columns}
          href={(shift) => `/admin/shifts/${shift.id}`}
          open={(shift) => void router.navigate({ to: "/shifts/$id", params: { id: shift.id } })}
          empty={
            <Empty
              title={t(isFiltered ? "shifts.no_match" : "shifts.empty")}
              icon={<IconCashRegister size={32} aria-hidden />}
            >
              {isFiltered ? undefined : t("shifts.empty.next")}
            </Empty>
          }
        />
      </Stack>
    </>
  );
}

function Amount({ of: amount }: { of: number | null | undefined }) {
  return amount == null ? "–" : <Money amount={amount} />;
}
