import { Stack } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import { grouped } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Figure, Figures } from "@shared/parts/figures";
import { Section } from "@shared/parts/page-head";
import { Reasons } from "@shared/parts/reasons";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useIntl } from "react-intl";
import { useAlarmText } from "../alarm-text";
import { mendedAt } from "../mended-at";
import { useText } from "../text";

type Reason = components["schemas"]["Reason"];

const TONES = { ready: "ok", degraded: "wait", broken: "bad" } as const;

/** All checks that found something, each with what to do. */
export function HealthPage() {
  const t = useText();
  const intl = useIntl();
  const health = useQuery({
    queryKey: ["sync", "health"],
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/sync/health", { signal })),
    refetchInterval: 30_000,
  });
  if (health.isPending) return <Skeletons rows={5} height={64} />;
  if (health.data === undefined) return <ErrorNote error={health.error} retry={() => void health.refetch()} />;
  const { state, reasons, unknown, disk_free_bytes: disk, clock_offset_ms: clock } = health.data;
  return (
    <Stack gap="md">
      <div>
        <StateBadge tone={TONES[state]} icon={state === "ready" ? IconCircleCheck : IconAlertTriangle}>
          {t(`health.${state}`)}
        </StateBadge>
      </div>
      {reasons.length === 0 ? (
        <Empty title={t("health.nothing")} icon={<IconCircleCheck size={32} aria-hidden />} />
      ) : (
        <Section title={t("health.to_mend")}>
          <ShopReasons reasons={reasons} />
        </Section>
      )}
      {unknown.length > 0 && (
        <Section title={t("health.unknown")}>
          <ShopReasons reasons={unknown} isUnknown />
        </Section>
      )}
      <Section title={t("health.figures")}>
        <Figures>
          <Figure
            label={t("health.disk")}
            value={
              disk == null
                ? t("health.not_known")
                : intl.formatNumber(disk / 1e9, { style: "unit", unit: "gigabyte", maximumFractionDigits: 1 })
            }
          />
          <Figure
            label={t("health.clock")}
            value={clock == null ? t("health.not_known") : t("health.seconds", { seconds: Math.round(clock / 1000) })}
            note={t("health.clock.note")}
          />
          <Figure label={t("health.isolated")} value={grouped(health.data.isolated_count)} />
          <Figure label={t("health.unreadable")} value={grouped(health.data.unreadable_row_count)} />
          <Figure
            label={t("health.changed_sales")}
            value={grouped(health.data.changed_sale_count)}
            note={t("health.changed_sales.note")}
          />
        </Figures>
      </Section>
    </Stack>
  );
}

/** Problems of this shop, each with a link to where it is mended. */
export function ShopReasons({ reasons, isUnknown = false }: { reasons: Reason[]; isUnknown?: boolean }) {
  const t = useText();
  const textOf = useAlarmText();
  const link = (code: string) => {
    const page = mendedAt(code);
    return page !== null && <Link to={page}>{t("banner.mend")}</Link>;
  };
  return <Reasons reasons={reasons} text={textOf} link={link} isUnknown={isUnknown} />;
}
