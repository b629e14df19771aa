import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { data, outlet } from "@shared/api/client";
import { asApiError } from "@shared/api/errors";
import type { components } from "@shared/api/generated/outlet";
import { method } from "@shared/method";
import { rupiah } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { allRows, type Column, List } from "@shared/parts/list";
import { Numbered } from "@shared/parts/numbered";
import { PageHead, Section } from "@shared/parts/page-head";
import { IconFileSearch, IconProgressCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { v7 } from "uuid";
import { useShopTime } from "../status";
import { useText } from "../text";

type Payment = components["schemas"]["UnconfirmedPayment"];
type Match = components["schemas"]["StatementMatch"];
type Proposal = components["schemas"]["Proposal"];
type Row = components["schemas"]["StatementRow"];

const KEY = ["orders", "reports", "unconfirmed"];
/** The server's limit. */
const MOST_BYTES = 1_000_000;

/** Payments that nobody has confirmed, and what the acquirer's statement says about them. */
export function UnconfirmedPage() {
  const t = useText();
  const queries = useQueryClient();
  const report = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => data(outlet.GET("/api/v1/reports/unconfirmed", { signal })),
  });
  const compare = useMutation({
    mutationFn: async (file: File) =>
      data(
        outlet.POST("/api/v1/reports/unconfirmed/match", { body: { file: (await file.text()).slice(0, MOST_BYTES) } }),
      ),
  });
  const payments = report.data ?? [];
  const sum = payments.reduce((total, { amount }) => total + amount, 0);
  const oldest = Math.max(0, ...payments.map(({ age_days }) => age_days));
  const lead =
    payments.length === 0
      ? t("unconfirmed.lead")
      : t(oldest === 0 ? "unconfirmed.sum_today" : "unconfirmed.sum", {
          count: payments.length,
          amount: rupiah(sum),
          days: oldest,
        });
  return (
    <>
      <PageHead
        title={t("place.unconfirmed")}
        lead={lead}
        actions={
          <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={(file) => file && compare.mutate(file)}>
            {(props) => (
              <Button {...props} leftSection={<IconFileSearch size={20} aria-hidden />} loading={compare.isPending}>
                {t("unconfirmed.file")}
              </Button>
            )}
          </FileButton>
        }
      />
      <Stack gap="md">
        {compare.isError && <ErrorNote error={compare.error} />}
        {compare.data !== undefined && (
          <Matched
            key={compare.submittedAt}
            match={compare.data}
            done={() => {
              compare.reset();
              void queries.invalidateQueries({ queryKey: KEY });
            }}
          />
        )}
        {compare.data === undefined && (
          <Payments
            label={t("place.unconfirmed")}
            pages={allRows(report)}
            empty={<Empty title={t("unconfirmed.empty")} icon={<IconProgressCheck size={32} aria-hidden />} />}
          />
        )}
      </Stack>
    </>
  );
}

function Payments({
  label,
  pages,
  empty,
}: {
  label: string;
  pages: ReturnType<typeof allRows<Payment>>;
  empty: ReactNode;
}) {
  const t = useText();
  const router = useRouter();
  const time = useShopTime();
  const columns: Column<Payment>[] = [
    {
      id: "order",
      title: t("unconfirmed.order"),
      render: (row) => <Numbered>{row.order_number}</Numbered>,
    },
    {
      id: "method",
      title: t("unconfirmed.method"),
      render: (row) => <span className="name">{row.tender_name ?? t(method(row.method))}</span>,
    },
    {
      id: "at",
      title: t("unconfirmed.at"),
      width: 168,
      render: (row) => <span className="figures">{time.moment(row.created_at)}</span>,
    },
    {
      id: "age",
      title: t("unconfirmed.age"),
      width: 72,
      figure: true,
      render: (row) => t("unconfirmed.days", { days: row.age_days }),
    },
    {
      id: "by",
      title: t("unconfirmed.by"),
      minor: true,
      render: (row) => <span className="name">{row.cashier_name ?? "–"}</span>,
    },
    { id: "amount", title: t("unconfirmed.amount"), width: 112, figure: true, render: (row) => rupiah(row.amount) },
  ];
  return (
    <List
      label={label}
      pages={pages}
      rowId={(row) => row.id}
      columns={columns}
      href={(row) => `/admin/orders/${row.order_id}`}
      open={(row) => void router.navigate({ to: "/orders/$id", params: { id: row.order_id } })}
      empty={empty}
    />
  );
}

/** What the statement says; each proposal is a person's to accept. */
function Matched({ match, done }: { match: Match; done: () => void }) {
  const t = useText();
  const time = useShopTime();
  const [chosen, choose] = useState(match.proposals);
  const [refused, setRefused] = useState<string[]>([]);
  const confirm = useMutation({
    mutationFn: async (proposals: Proposal[]) => {
      const problems: string[] = [];
      for (const { payment, row } of proposals) {
        const path = { id: payment.order_id, payment_id: payment.id };
        const body = { reference: row.reference ?? null, in_statement: true };
        try {
          await data(
            outlet.POST("/api/v1/orders/{id}/payments/{payment_id}/confirm", {
              params: { path, header: { "Idempotency-Key": v7() } },
              body,
            }),
          );
        } catch (thrown) {
          problems.push(`${payment.order_number}: ${asApiError(thrown).message}`);
        }
      }
      return problems;
    },
    onSuccess: (problems) => (problems.length === 0 ? done() : setRefused(problems)),
  });
  const columns: Column<Proposal>[] = [
    {
      id: "order",
      title: t("unconfirmed.order"),
      render: ({ payment }) => <Numbered>{payment.order_number}</Numbered>,
    },
    {
      id: "at",
      title: t("unconfirmed.at"),
      width: 168,
      minor: true,
      render: ({ payment }) => <span className="figures">{time.moment(payment.created_at)}</span>,
    },
    {
      id: "row_at",
      title: t("unconfirmed.row_at"),
      width: 168,
      render: ({ row }) => <span className="figures">{time.moment(row.at)}</span>,
    },
    {
      id: "reference",
      title: t("unconfirmed.reference"),
      render: ({ row }) => <span className="name">{row.reference ?? "–"}</span>,
    },
    { id: "amount", title: t("unconfirmed.amount"), width: 112, figure: true, render: ({ row }) => rupiah(row.amount) },
  ];
  const rowColumns: Column<Row>[] = [
    {
      id: "reference",
      title: t("unconfirmed.reference"),
      render: (row) => <span className="name">{row.reference ?? "–"}</span>,
    },
    {
      id: "at",
      title: t("unconfirmed.row_at"),
      width: 168,
      render: (row) => <span className="figures">{time.moment(row.at)}</span>,
    },
    { id: "line", title: t("unconfirmed.line"), width: 72, figure: true, render: (row) => String(row.line) },
    { id: "amount", title: t("unconfirmed.amount"), width: 112, figure: true, render: (row) => rupiah(row.amount) },
  ];
  return (
    <>
      <Section title={t("unconfirmed.proposals", { count: match.proposals.length })}>
        <Text c="dimmed" mb="sm">
          {t("unconfirmed.proposals.note")}
        </Text>
        <List
          label={t("unconfirmed.proposals", { count: match.proposals.length })}
          pages={allRows({ data: match.proposals, error: null, refetch: () => {} })}
          rowId={({ payment }) => payment.id}
          rowName={({ payment }) => payment.order_number}
          columns={columns}
          selected={chosen}
          onSelect={choose}
          empty={<Empty isPart title={t("unconfirmed.proposals.empty")} />}
        />
        {refused.length > 0 && (
          <Stack gap={4} mt="sm" role="alert">
            {refused.map((problem) => (
              <Text key={problem}>
                <Numbered>{problem}</Numbered>
              </Text>
            ))}
          </Stack>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={done}>
            {t("action.close")}
          </Button>
          {match.proposals.length > 0 && (
            <Button disabled={chosen.length === 0} loading={confirm.isPending} onClick={() => confirm.mutate(chosen)}>
              {t("unconfirmed.confirm", { count: chosen.length })}
            </Button>
          )}
        </Group>
      </Section>
      {match.payments.length > 0 && (
        <Section title={t("unconfirmed.without_row", { count: match.payments.length })}>
          <Payments
            label={t("unconfirmed.without_row", { count: match.payments.length })}
            pages={allRows({ data: match.payments, error: null, refetch: () => {} })}
            empty={null}
          />
        </Section>
      )}
      {match.rows.length > 0 && (
        <Section title={t("unconfirmed.without_payment", { count: match.rows.length })}>
          <List
            label={t("unconfirmed.without_payment", { count: match.rows.length })}
            pages={allRows({ data: match.rows, error: null, refetch: () => {} })}
            rowId={(row) => String(row.line)}
            columns={rowColumns}
            empty={null}
          />
        </Section>
      )}
      {match.unreadable_lines.length > 0 && (
        <Text>{t("unconfirmed.unreadable", { lines: match.unreadable_lines.slice(0, 20).join(", ") })}</Text>
      )}
    </>
  );
}
