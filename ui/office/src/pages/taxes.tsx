import { Group, Stack, Switch } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { allRows, type Column, List } from "@shared/parts/list";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { PrintButton } from "@shared/parts/print";
import { useTaxColumns } from "@shared/parts/tax-report";
import { chosenPeriod } from "@shared/period";
import { taxesOf } from "@shared/reports";
import { useTime } from "@shared/time";
import { IconReceiptTax } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useOutlets } from "../api/queries";
import { readTaxes, type TaxOfDay } from "../api/refunds";
import { changed } from "../filters";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { useText } from "../text";

const route = getRouteApi("/taxes");

/** The taxes of each outlet in a period, by name and rate. It is printed as it is. */
export function TaxesPage() {
  const t = useText();
  const time = useTime();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const outlets = useOutlets().data ?? [];
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "month", today);
  const filter = { ...period, outlet_id: search.outlet };
  const byDay = search.by === "day";
  const query = useQuery({
    queryKey: ["sales", "taxes", filter],
    queryFn: () => readTaxes(filter),
    placeholderData: keepPreviousData,
  });
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const nameOf = (id: string) => {
    const outlet = outlets.find((known) => known.id === id);
    return outlet === undefined ? id : `${outlet.code} · ${outlet.name}`;
  };
  const rows =
    query.data &&
    taxesOf(query.data, (row) => `${row.outlet_id} ${byDay ? row.business_date : ""}`).sort((a, b) =>
      nameOf(a.outlet_id).localeCompare(nameOf(b.outlet_id)),
    );
  const outlet: Column<TaxOfDay> = { id: "outlet", title: t("outlet.one"), render: (row) => nameOf(row.outlet_id) };
  const date: Column<TaxOfDay> = { id: "date", title: t("refunded.day"), render: (row) => time.day(row.business_date) };
  const columns = useTaxColumns(rows ?? [], byDay ? [outlet, date] : [outlet]);
  const days = [...new Set([period.from, period.to])].map(time.day).join(" – ");
  return (
    <>
      <PageHead
        title={t("nav.taxes")}
        lead={[search.outlet === undefined ? t("outlet.all") : nameOf(search.outlet), days].join(" · ")}
        actions={<PrintButton />}
      />
      <Stack gap="md">
        <Group gap="xs" className="no-print">
          <PeriodPicker value={search} preset="month" period={period} today={today} onChange={set} />
          <OutletSelect value={search.outlet} onChange={(next) => set({ outlet: next })} />
          <Switch
            size="md"
            label={t("taxes.by_day")}
            checked={byDay}
            onChange={(event) => set({ by: event.currentTarget.checked ? "day" : undefined })}
          />
        </Group>
        <List
          label={t("nav.taxes")}
          pages={allRows({ ...query, data: rows })}
          rowId={(row) => `${row.outlet_id} ${row.business_date} ${row.name} ${row.rate_bp} ${row.inclusive}`}
          columns={columns}
          empty={
            <Empty title={t("taxes.empty")} icon={<IconReceiptTax size={48} aria-hidden />}>
              {t("taxes.empty.next")}
            </Empty>
          }
        />
      </Stack>
    </>
  );
}
