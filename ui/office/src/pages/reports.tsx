import { Group, Stack, Switch } from "@mantine/core";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { PrintButton } from "@shared/parts/print";
import { chosenPeriod } from "@shared/period";
import { useTime } from "@shared/time";
import { getRouteApi } from "@tanstack/react-router";
import { changed } from "../filters";
import { useOutletName } from "../parts/outlet-name";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { PeopleReport } from "../reports/people";
import { TaxReport } from "../reports/taxes";
import { TenderReport } from "../reports/tenders";
import { UnconfirmedReport } from "../reports/unconfirmed";
import { useText } from "../text";

const route = getRouteApi("/reports");

/** What a period came to at each outlet, for the tax office, the owner and the bank. It is printed as it is. */
export function ReportsPage() {
  const t = useText();
  const time = useTime();
  const nameOf = useOutletName();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "month", today);
  const filter = { ...period, outlet_id: search.outlet };
  const byDay = search.by === "day";
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const days = [...new Set([period.from, period.to])].map(time.day).join(" – ");
  return (
    <>
      <PageHead
        title={t("nav.reports")}
        lead={[search.outlet === undefined ? t("outlet.all") : nameOf(search.outlet), days].join(" · ")}
        actions={<PrintButton />}
      />
      <Stack gap="md">
        <Group gap="xs" className="no-print">
          <PeriodPicker value={search} preset="month" period={period} today={today} onChange={set} />
          <OutletSelect value={search.outlet} onChange={(next) => set({ outlet: next })} />
          <Switch
            size="md"
            label={t("reports.by_day")}
            checked={byDay}
            onChange={(event) => set({ by: event.currentTarget.checked ? "day" : undefined })}
          />
        </Group>
        <TaxReport filter={filter} byDay={byDay} />
        <PeopleReport filter={filter} />
        <TenderReport filter={filter} byDay={byDay} />
        <UnconfirmedReport outletId={search.outlet} />
      </Stack>
    </>
  );
}
