import { SegmentedControl, Stack, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Figure, Figures } from "@shared/parts/figures";
import { useNow } from "@shared/parts/late";
import { Card, Section } from "@shared/parts/page-head";
import { Skeletons } from "@shared/parts/skeletons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Chart } from "../parts/chart";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";
import { SyncLine } from "../today/sync-line";
import { ShopReasons } from "./health";
import { fillHistory, historyDays } from "./history";
import { useSyncStatus } from "./layout";

/** How sync is, what to mend, and how it went. */
export function OverviewPage() {
  const t = useText();
  const time = useShopTime();
  const now = useNow(30_000);
  const state = useStatus();
  const status = useSyncStatus();
  const health = useQuery({
    queryKey: ["sync", "health"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/sync/health", { signal })),
  });
  return (
    <Stack gap="md">
      {state.data !== undefined && <SyncLine status={state.data} />}
      {status.isPending && <Skeletons rows={2} height={88} />}
      {status.isError && status.data === undefined && (
        <ErrorNote error={status.error} retry={() => void status.refetch()} />
      )}
      {status.data !== undefined && (
        <Figures>
          <Figure label={t("sync.pending")} value={grouped(status.data.pending_count)} />
          <Figure
            label={t("sync.tab.failed")}
            value={grouped(status.data.failed_count)}
            {...(status.data.failed_count > 0 && { tone: "bad" as const })}
          />
          <Figure
            label={t("sync.tab.conflicts")}
            value={grouped(status.data.conflict_count)}
            {...(status.data.conflict_count > 0 && { tone: "wait" as const })}
          />
          <Figure
            label={t("sync.last")}
            value={status.data.last_sync_at ? time.ago(status.data.last_sync_at, now) : t("sync.never")}
            note={status.data.last_sync_at ? time.moment(status.data.last_sync_at) : null}
          />
          <Figure label={t("sync.total")} value={grouped(status.data.total_synced)} />
        </Figures>
      )}
      {health.data !== undefined && health.data.reasons.length > 0 && (
        <Section title={t("health.to_mend")}>
          <ShopReasons reasons={health.data.reasons} />
        </Section>
      )}
      <History />
    </Stack>
  );
}

function History() {
  const t = useText();
  const time = useShopTime();
  const { step = "hour" } = useSearch({ from: "/sync/" });
  const navigate = useNavigate({ from: "/sync/" });
  const status = useStatus().data;
  const days = status === undefined ? null : historyDays(status.server_time, status.utc_offset_minutes, step);
  const history = useQuery({
    queryKey: ["sync", "history", step, days?.from],
    queryFn: ({ signal }) =>
      data(
        outlet.GET("/api/v1/sync/history", {
          params: { query: { from: days?.from ?? "", to: days?.to ?? "", step } },
          signal,
        }),
      ),
    enabled: days !== null,
    placeholderData: keepPreviousData,
  });
  const rows =
    status === undefined
      ? []
      : fillHistory(history.data ?? [], status.server_time, status.utc_offset_minutes, step).map((point) => ({
          at: step === "hour" ? time.clock(point.at) : time.short(point.at),
          sent: point.sent,
          failed: point.failed,
          waiting: point.waiting,
        }));
  const quiet = rows.every((row) => row.sent === 0 && row.failed === 0 && row.waiting === 0);
  return (
    <Section
      title={t("history.title")}
      actions={
        <SegmentedControl
          aria-label={t("history.range")}
          value={step}
          onChange={(next) => void navigate({ search: { step: next === "day" ? "day" : undefined }, replace: true })}
          data={[
            { value: "hour", label: t("history.day") },
            { value: "day", label: t("history.month") },
          ]}
        />
      }
    >
      <Card>
        {history.isPending && <Skeletons rows={1} height={240} />}
        {history.isError && <ErrorNote error={history.error} retry={() => void history.refetch()} />}
        {history.data !== undefined &&
          (quiet ? (
            <Empty title={t("history.empty")}>{t("history.empty.next")}</Empty>
          ) : (
            <>
              <Text fw={600}>{t("history.sent")}</Text>
              <Chart
                label={t("history.sent")}
                kind="bars"
                rows={rows}
                series={[
                  { name: "sent", label: t("history.series.sent"), color: "primary.6" },
                  { name: "failed", label: t("history.series.failed"), color: "bad.6" },
                ]}
              />
              <Text fw={600} mt="md">
                {t("history.waiting")}
              </Text>
              <Chart
                label={t("history.waiting")}
                kind="lines"
                rows={rows}
                series={[{ name: "waiting", label: t("history.series.waiting"), color: "wait.6" }]}
              />
            </>
          ))}
      </Card>
    </Section>
  );
}
