import { Group, Stack, Switch } from "@mantine/core";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker, type PeriodSearch } from "@shared/parts/period-picker";
import { PrintButton } from "@shared/parts/print";
import { calendarDate, chosenPeriod } from "@shared/period";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";
import { PeopleReport } from "./people";
import { TaxReport } from "./taxes";
import { TenderReport } from "./tenders";

/** What a period came to, for the tax office, the owner and the bank. It is printed as it is. */
export function ReportsPage() {
  const t = useText();
  const time = useShopTime();
  const search = useSearch({ from: "/reports" });
  const navigate = useNavigate({ from: "/reports" });
  const status = useStatus().data;
  const today = status?.business_date ?? calendarDate();
  const period = chosenPeriod(search, "month", today);
  const byDay = search.by === "day";
  const set = (change: PeriodSearch & { by?: "day" | undefined }) =>
    void navigate({ search: { ...search, ...change }, replace: true });
  const days = [...new Set([period.from, period.to])].map(time.day).join(" – ");
  return (
    <>
      <PageHead
        title={t("place.reports")}
        lead={[status?.outlet.name ?? status?.outlet.code, days].filter(Boolean).join(" · ")}
        actions={<PrintButton />}
      />
      <Stack gap="md">
        <Group gap="md" className="no-print">
          <PeriodPicker value={search} preset="month" period={period} today={today} onChange={set} />
          <Switch
            size="md"
            label={t("reports.by_day")}
            checked={byDay}
            onChange={(event) => set({ by: event.currentTarget.checked ? "day" : undefined })}
          />
        </Group>
        <TaxReport period={period} byDay={byDay} />
        <PeopleReport period={period} />
        <TenderReport period={period} byDay={byDay} />
      </Stack>
    </>
  );
}
