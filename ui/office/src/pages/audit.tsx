import { Alert, Select, Stack, Text } from "@mantine/core";
import { usePages } from "@shared/api/pages";
import { ACTIONS } from "@shared/audit/actions";
import { useAuditColumns } from "@shared/audit/events";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Filters, PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { chosenPeriod } from "@shared/period";
import { useTime } from "@shared/time";
import { IconFingerprint } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type AuditEntry, listAudit, readAuditHeads } from "../api/audit";
import { PAGE_SIZE } from "../api/lists";
import { changed } from "../filters";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { useText } from "../text";

const route = getRouteApi("/audit");

/** Who did what at all outlets, the latest first, and whether the outlets' logs are whole. */
export function AuditPage() {
  const t = useText();
  const time = useTime();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "last7", today);
  const filter = { ...period, outlet_id: search.outlet, action: search.action };
  const pages = usePages<AuditEntry>(["outlets", "audit", filter], (cursor) => listAudit(filter, cursor, PAGE_SIZE));
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const columns = useAuditColumns<AuditEntry>(time.moment);
  const outlet: Column<AuditEntry> = {
    id: "outlet",
    title: t("outlet.one"),
    width: 104,
    render: (entry) => <span className="figures">{entry.outlet_code}</span>,
  };
  return (
    <>
      <PageHead title={t("nav.audit")} lead={t("audit.lead")} />
      <Stack gap="md">
        <Heads />
        <Filters>
          <PeriodPicker value={search} preset="last7" period={period} today={today} onChange={set} />
          <OutletSelect value={search.outlet} onChange={(chosen) => set({ outlet: chosen })} />
          <Select
            aria-label={t("audit.column.action")}
            placeholder={t("audit.all_actions")}
            data={ACTIONS.map((name) => ({ value: name, label: t(`audit.action.${name}`) }))}
            value={search.action ?? null}
            clearable
            searchable
            onChange={(next) => set({ action: ACTIONS.find((known) => known === next) })}
          />
        </Filters>
        <List
          label={t("nav.audit")}
          pages={pages}
          rowId={(entry) => `${entry.outlet_id} ${entry.chain_id} ${entry.n}`}
          columns={[...columns.slice(0, 1), outlet, ...columns.slice(1)]}
          empty={<Empty title={t("audit.no_match")} icon={<IconFingerprint size={32} aria-hidden />} />}
        />
      </Stack>
    </>
  );
}

/** The chains that are not whole, and those that a restore has left behind. */
function Heads() {
  const t = useText();
  const heads = useQuery({ queryKey: ["outlets", "audit", "heads"], queryFn: readAuditHeads });
  if (heads.data === undefined) return null;
  const found = heads.data.filter((head) => head.broken_kind || head.forked);
  if (found.length === 0 && heads.data.length > 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("audit.whole")}
      </Text>
    );
  }
  return found.map((head) => (
    <Alert key={`${head.outlet_id} ${head.chain_id}`} color={head.broken_kind ? "red" : "yellow"}>
      {head.broken_kind
        ? t("audit.outlet_broken", {
            outlet: head.outlet_code,
            n: head.broken_n ?? 0,
            kind: t(`audit.kind.${head.broken_kind}`),
          })
        : t("audit.outlet_forked", { outlet: head.outlet_code, n: head.continues?.n ?? 0 })}
    </Alert>
  ));
}
