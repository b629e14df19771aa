import { Button, Group, Stack, Text } from "@mantine/core";
import { grouped } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { Facts } from "@shared/parts/facts";
import { Figure, Figures } from "@shared/parts/figures";
import { useNow } from "@shared/parts/late";
import { allRows, type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Card, Section } from "@shared/parts/page-head";
import { StateBadge } from "@shared/parts/state-badge";
import { addDays } from "@shared/period";
import { useTime } from "@shared/time";
import { IconChartBar } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import type { EnrollmentCode, OutletDetail } from "../../api/outlets";
import { useDays } from "../../api/queries";
import { ChangeNote } from "../../parts/change";
import { Enrollment } from "../../parts/enrollment";
import { PageLink } from "../../parts/link";
import { type OutletProblem, problemsOf } from "../../parts/outlets";
import { useText } from "../../text";

/** How the outlet is: sales, what to look at, contact, enrollment, keys. */
export function OutletOverview({ outlet, code }: { outlet: OutletDetail; code: EnrollmentCode | null }) {
  const t = useText();
  const joining = outlet.state === "active" && (outlet.first_sale_at == null || code !== null);
  return (
    <>
      {outlet.state === "active" && <Sales outlet={outlet} />}
      {outlet.state === "active" && outlet.pending != null && <Complete outlet={outlet} />}
      {outlet.webhook_error != null && (
        <Text mt="md" c="dimmed">
          {t("outlet.webhook_error", { error: outlet.webhook_error })}
        </Text>
      )}
      <Problems outlet={outlet} />
      {joining && (
        <Section title={t("enroll.title")}>
          <Enrollment outletId={outlet.id} code={code} key={code?.enroll_code ?? ""} />
        </Section>
      )}
      {outlet.devices != null && <Devices devices={outlet.devices} />}
      <Contact outlet={outlet} />
      <Keys outlet={outlet} />
    </>
  );
}

function Sales({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const router = useRouter();
  const date = outlet.business_date;
  const now = useDays({ from: date, to: date }, outlet.id);
  const lastWeek = useDays({ from: addDays(date, -7), to: addDays(date, -7) }, outlet.id);
  const [day, before] = [now.data?.[0], lastWeek.data?.[0]];
  if (now.error !== null) return <ErrorNote error={now.error} retry={() => void now.refetch()} />;
  const known = now.data !== undefined;
  return (
    <Stack gap="sm">
      <Figures>
        <Figure
          label={t("outlets.sales_today")}
          value={known ? <Money amount={day?.total ?? 0} /> : "–"}
          note={
            before === undefined ? undefined : (
              <>
                {t("outlets.last_week_whole")} <Money amount={before.total} />
              </>
            )
          }
        />
        <Figure
          label={t("outlets.orders_today")}
          value={known ? grouped(day?.orders ?? 0) : "–"}
          note={
            known && before !== undefined ? <ChangeNote now={day?.orders ?? 0} before={before.orders} /> : undefined
          }
        />
        <Figure
          label={t("outlet.waiting")}
          value={outlet.pending == null ? "–" : grouped(outlet.pending)}
          note={t("outlets.waiting.note")}
        />
      </Figures>
      <Group>
        <Button
          variant="default"
          leftSection={<IconChartBar size={20} aria-hidden />}
          onClick={() => void router.navigate({ to: "/sales", search: { outlet: outlet.id } })}
        >
          {t("outlet.sales")}
        </Button>
      </Group>
    </Stack>
  );
}

/** Until when head office has all sales. Those that wait on tills count too. */
function Complete({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const time = useTime();
  const until = outlet.complete_until;
  const waiting = outlet.waiting_sale_count ?? 0;
  return (
    <Group gap="sm" mt="md">
      <Text>{until == null ? t("outlet.incomplete") : t("outlet.complete", { at: time.moment(until) })}</Text>
      {waiting > 0 && <StateBadge tone="wait">{t("outlet.on_devices", { count: waiting })}</StateBadge>}
    </Group>
  );
}

function Problems({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const problems = problemsOf(outlet);
  if (problems.length === 0) return null;
  return (
    <Section title={t("outlets.problems")}>
      <Card>
        <Stack gap="md">
          {problems.map((problem) => (
            <Problem key={problem.kind} problem={problem} outlet={outlet} />
          ))}
        </Stack>
      </Card>
    </Section>
  );
}

/** Where a problem of an outlet is mended; a clock and a duplicate server are, at the outlet. */
const mendedAt = (kind: OutletProblem["kind"], id: string): string | null => {
  switch (kind) {
    case "conflicts":
      return `/conflicts?outlet=${id}`;
    case "dead_letters":
      return `/quarantine?outlet=${id}`;
    case "quarantined":
    case "unapplied":
      return `/quarantine?tab=reported&outlet=${id}`;
    case "webhook":
      return `/outlets/${id}?tab=webhook`;
    case "clock":
    case "duplicate":
      return null;
  }
};

function Problem({ problem, outlet }: { problem: OutletProblem; outlet: OutletDetail }) {
  const t = useText();
  const page = mendedAt(problem.kind, outlet.id);
  return (
    <div>
      <Group gap="sm">
        <StateBadge tone={problem.kind === "conflicts" || problem.kind === "clock" ? "wait" : "bad"}>
          {t(`problem.${problem.kind}`, { count: problem.count })}
        </StateBadge>
        {page !== null && <PageLink href={page}>{t("outlet.problem.look")}</PageLink>}
      </Group>
      <Text c="dimmed" mt={4}>
        {t(`problem.next.${problem.kind}`)}
      </Text>
    </div>
  );
}

type Devices = NonNullable<OutletDetail["devices"]>;
const KINDS = ["till", "kitchen"] as const;

/** The outlet's tills and kitchen screens, and the sales that they have not sent to the outlet. */
function Devices({ devices }: { devices: Devices }) {
  const t = useText();
  const time = useTime();
  const now = useNow(30_000);
  const columns: Column<Devices["devices"][number]>[] = [
    {
      id: "name",
      title: t("field.name"),
      render: (device) => {
        const kind = KINDS.find((known) => known === device.kind);
        return (
          <>
            {device.name}
            <Text size="xs" c="dimmed" fw={400}>
              {kind === undefined ? device.kind : t(`outlet.device.kind.${kind}`)}
            </Text>
          </>
        );
      },
    },
    {
      id: "waiting",
      title: t("outlet.device.waiting"),
      figure: true,
      render: (device) => (
        <>
          {grouped(device.waiting)}
          {device.oldest_waiting_at != null && (
            <Text size="xs" c="dimmed">
              {t("outlet.device.since", { at: time.moment(device.oldest_waiting_at) })}
            </Text>
          )}
        </>
      ),
    },
    {
      id: "seen",
      title: t("outlet.device.seen"),
      render: (device) => (device.last_seen_at == null ? t("outlet.never") : time.ago(device.last_seen_at, now)),
    },
    { id: "version", title: t("outlet.version"), minor: true, render: (device) => device.app_version ?? "–" },
  ];
  return (
    <Section title={t("outlet.devices")}>
      <Text c="dimmed" mb="xs">
        {t("outlet.devices.reported", { count: devices.device_count, at: time.moment(devices.reported_at) })}
      </Text>
      <List
        label={t("outlet.devices")}
        pages={allRows({ data: devices.devices, error: null, refetch: () => undefined })}
        rowId={(device) => device.id}
        columns={columns}
        empty={<Text>{t("outlet.devices.none")}</Text>}
      />
    </Section>
  );
}

function Contact({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const time = useTime();
  const now = useNow(30_000);
  const heard =
    outlet.last_contact_at == null
      ? t("outlet.never")
      : `${time.ago(outlet.last_contact_at, now)} (${time.moment(outlet.last_contact_at)})`;
  const offset = outlet.clock_offset_ms;
  return (
    <Section title={t("outlet.contact")}>
      <Card>
        <Facts
          facts={[
            [t("outlet.heard"), heard],
            [t("outlet.version"), outlet.versions.outlet ?? "–"],
            [t("outlet.version.hub"), outlet.versions.hub],
            [t("outlet.batch"), grouped(outlet.batch_no)],
            [
              t("outlet.clock"),
              offset == null ? "–" : t("outlet.clock.offset", { seconds: Math.round(Math.abs(offset) / 1000) }),
            ],
            [t("outlet.added"), time.moment(outlet.created_at)],
            [t("outlet.enrolled"), outlet.enrolled_at == null ? "–" : time.moment(outlet.enrolled_at)],
            [t("outlet.first_sale"), outlet.first_sale_at == null ? "–" : time.moment(outlet.first_sale_at)],
          ]}
        />
      </Card>
    </Section>
  );
}

const ORIGINS = ["added", "enrolled", "rotated"] as const;

function Keys({ outlet }: { outlet: OutletDetail }) {
  const t = useText();
  const time = useTime();
  if (outlet.keys.length === 0) return null;
  const columns: Column<OutletDetail["keys"][number]>[] = [
    { id: "created", title: t("outlet.key.created"), render: (key) => time.moment(key.created_at) },
    {
      id: "origin",
      title: t("outlet.key.origin"),
      render: (key) => {
        const origin = ORIGINS.find((known) => known === key.origin);
        return origin === undefined ? key.origin : t(`outlet.key.origin.${origin}`);
      },
    },
    {
      id: "state",
      title: t("outlet.key.state"),
      render: (key) =>
        key.ended_at == null ? (
          <StateBadge tone="ok">{t("outlet.key.valid")}</StateBadge>
        ) : (
          <StateBadge tone="neutral">{t("outlet.key.ended")}</StateBadge>
        ),
    },
    {
      id: "ended",
      title: t("outlet.key.ended"),
      render: (key) => (key.ended_at == null ? "–" : time.moment(key.ended_at)),
    },
  ];
  return (
    <Section title={t("outlet.keys")}>
      <List
        label={t("outlet.keys")}
        pages={allRows({ data: outlet.keys, error: null, refetch: () => undefined })}
        rowId={(key) => `${key.created_at} ${key.origin}`}
        columns={columns}
        empty={null}
      />
    </Section>
  );
}
