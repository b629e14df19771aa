import { Alert, Select, Stack, Text } from "@mantine/core";
import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { usePages } from "@shared/api/pages";
import { ACTIONS, type Action } from "@shared/audit/actions";
import { useAuditColumns } from "@shared/audit/events";
import { grouped } from "@shared/money";
import { DateField } from "@shared/parts/date-field";
import { Empty } from "@shared/parts/empty";
import { List } from "@shared/parts/list";
import { Filters, PageHead } from "@shared/parts/page-head";
import { IconFingerprint } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useSession } from "../session";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";

type Entry = components["schemas"]["AuditEntry"];

/** Who did what, the latest first, and whether the record of it is whole. */
export function AuditPage() {
  const t = useText();
  const time = useShopTime();
  const session = useSession();
  const { date, action } = useSearch({ from: "/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const today = useStatus().data?.business_date;
  const filter = { ...(date && { from: date, to: date }), ...(action && { action }) };
  const pages = usePages<Entry>(["sync", "audit", filter], (cursor, signal) =>
    body(
      outlet.GET("/api/v1/audit", { params: { query: { limit: 50, ...filter, ...(cursor && { cursor }) } }, signal }),
    ),
  );
  const set = (change: { date?: string | undefined; action?: Action | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const columns = useAuditColumns<Entry>(time.moment);
  const isFiltered = date !== undefined || action !== undefined;
  return (
    <>
      <PageHead title={t("place.audit")} lead={t("audit.lead")} />
      <Stack gap="md">
        {session.may("manage_sync") && <Whole />}
        <Filters>
          <DateField
            label={t("audit.at")}
            clearable
            value={date ?? ""}
            {...(today !== undefined && { max: today })}
            onChange={(next) => set({ date: next || undefined })}
          />
          <Select
            label={t("audit.column.action")}
            placeholder={t("audit.all_actions")}
            data={ACTIONS.map((name) => ({ value: name, label: t(`audit.action.${name}`) }))}
            value={action ?? null}
            clearable
            searchable
            onChange={(next) => set({ action: ACTIONS.find((known) => known === next) })}
          />
        </Filters>
        <List
          label={t("place.audit")}
          pages={pages}
          rowId={(entry) => String(entry.seq)}
          columns={columns}
          empty={
            <Empty
              title={t(isFiltered ? "audit.no_match" : "audit.empty")}
              icon={<IconFingerprint size={32} aria-hidden />}
            />
          }
        />
      </Stack>
    </>
  );
}

/** Whether the log is whole: a line, or a warning with what to do. */
function Whole() {
  const t = useText();
  const verdict = useQuery({
    queryKey: ["audit", "verify"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/audit/verify", { signal })),
    staleTime: 60_000,
  });
  if (verdict.data === undefined) return null;
  const { chains, events, broken_at_hub } = verdict.data;
  const broken = chains.find((chain) => chain.broken)?.broken;
  if (broken) {
    const kind = t(`audit.kind.${broken.kind}`);
    return <Alert color="red">{t("audit.broken", { n: broken.n, kind })}</Alert>;
  }
  if (broken_at_hub) return <Alert color="red">{t("audit.broken_at_hub", { n: broken_at_hub.n })}</Alert>;
  return (
    <Text size="sm" c="dimmed">
      {t("audit.whole", { count: grouped(events) })}
    </Text>
  );
}
