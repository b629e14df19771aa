import { Stack, Text } from "@mantine/core";
import { grouped } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { Figure, Figures } from "@shared/parts/figures";
import { PageHead, Section } from "@shared/parts/page-head";
import { Reasons } from "@shared/parts/reasons";
import { Skeletons } from "@shared/parts/skeletons";
import { StateBadge } from "@shared/parts/state-badge";
import { useIntl } from "react-intl";
import { useHealth } from "../api/queries";
import { PageLink } from "../parts/link";
import { mendedAt } from "../parts/mended-at";
import { useText } from "../text";

/** Whether anything needs attention in the chain or at this server, and what to do. */
export function HealthPage() {
  const t = useText();
  const intl = useIntl();
  const health = useHealth();
  if (health.data === undefined) {
    return (
      <>
        <PageHead title={t("nav.health")} />
        {health.error === null ? <Skeletons /> : <ErrorNote error={health.error} retry={() => void health.refetch()} />}
      </>
    );
  }
  const found = health.data;
  const reasons = [...found.reasons, ...found.unknown];
  const free = found.disk_free_bytes;
  return (
    <>
      <PageHead
        title={t("nav.health")}
        lead={
          found.state === "ready" ? (
            <StateBadge tone="ok">{t("health.ready")}</StateBadge>
          ) : (
            <StateBadge tone="wait">{t("health.degraded", { count: reasons.length })}</StateBadge>
          )
        }
      />
      <Stack gap="md">
        {health.error !== null && <ErrorNote error={health.error} />}
        <Figures>
          <Figure label={t("health.active")} value={grouped(found.active_outlet_count)} />
          <Figure label={t("health.new")} value={grouped(found.new_outlet_count)} />
          <Figure
            label={t("outlets.silent")}
            value={grouped(found.silent_outlets.length)}
            {...(found.silent_outlets.length > 0 && { tone: "wait" as const })}
          />
          <Figure label={t("nav.conflicts")} value={grouped(found.open_conflict_count)} />
          <Figure
            label={t("health.disk")}
            value={
              free == null
                ? "–"
                : intl.formatNumber(free / 1e9, { style: "unit", unit: "gigabyte", maximumFractionDigits: 1 })
            }
          />
        </Figures>
        <Section title={t("health.reasons")}>
          {reasons.length === 0 ? (
            <Text c="dimmed">{t("health.nothing")}</Text>
          ) : (
            <Reasons
              reasons={reasons}
              link={(code) => {
                const page = mendedAt(code);
                return page !== undefined && <PageLink href={page}>{t("outlet.problem.look")}</PageLink>;
              }}
            />
          )}
        </Section>
      </Stack>
    </>
  );
}
