import { Stack, Text } from "@mantine/core";
import { body, outlet } from "@shared/api/client";
import { usePages } from "@shared/api/pages";
import { method } from "@shared/method";
import { DateField } from "@shared/parts/date-field";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Numbered } from "@shared/parts/numbered";
import { Filters, PageHead } from "@shared/parts/page-head";
import type { Refund } from "@shared/parts/refund-detail";
import { IconReceiptRefund } from "@tabler/icons-react";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useNames } from "../people/names";
import { useShopTime, useStatus } from "../status";
import { useText } from "../text";

/** What was given back, the latest first. */
export function RefundsPage() {
  const t = useText();
  const time = useShopTime();
  const router = useRouter();
  const { date } = useSearch({ from: "/refunds" });
  const navigate = useNavigate({ from: "/refunds" });
  const nameOf = useNames();
  const today = useStatus().data?.business_date;
  const filter = date === undefined ? {} : { business_date: date };
  const pages = usePages<Refund>(["orders", "refunds", filter], (cursor, signal) =>
    body(
      outlet.GET("/api/v1/refunds", {
        params: { query: { limit: 50, ...filter, ...(cursor && { cursor }) } },
        signal,
      }),
    ),
  );
  const columns: Column<Refund>[] = [
    { id: "number", title: t("refunds.number"), render: (refund) => <Numbered>{refund.refund_number}</Numbered> },
    { id: "date", title: t("refunded.day"), render: (refund) => time.day(refund.business_date) },
    {
      id: "order",
      title: t("refunded.order"),
      minor: true,
      render: (refund) => <Numbered>{refund.order_number}</Numbered>,
    },
    {
      id: "reason",
      title: t("refunded.reason"),
      minor: true,
      render: (refund) => <span className="name">{refund.reason}</span>,
    },
    {
      id: "by",
      title: t("refunded.by"),
      width: 112,
      render: (refund) => {
        const approver = refund.approved_by === refund.cashier_id ? null : nameOf(refund.approved_by);
        return (
          <>
            <span className="name">{nameOf(refund.cashier_id) ?? "–"}</span>
            {approver !== null && (
              <Text size="xs" c="dimmed" className="name">
                {t("figures.approved_by", { name: approver })}
              </Text>
            )}
          </>
        );
      },
    },
    {
      id: "tender",
      title: t("refunded.payments"),
      render: (refund) => refund.payments.map((payment) => payment.tender_name ?? t(method(payment.method))).join(", "),
    },
    { id: "total", title: t("refunded.total"), figure: true, render: (refund) => <Money amount={refund.total} /> },
  ];
  return (
    <>
      <PageHead title={t("place.refunds")} lead={t("refunds.lead")} />
      <Stack gap="md">
        {(date !== undefined || pages.rows?.length !== 0) && (
          <Filters>
            <DateField
              label={t("refunded.day")}
              clearable
              value={date ?? ""}
              {...(today !== undefined && { max: today })}
              onChange={(next) => void navigate({ search: { date: next || undefined }, replace: true })}
            />
          </Filters>
        )}
        <List
          label={t("place.refunds")}
          pages={pages}
          rowId={(refund) => refund.id}
          columns={columns}
          href={(refund) => `/admin/refunds/${refund.id}`}
          open={(refund) => void router.navigate({ to: "/refunds/$id", params: { id: refund.id } })}
          empty={
            <Empty
              title={t(date === undefined ? "refunds.empty" : "refunds.no_match")}
              icon={<IconReceiptRefund size={32} aria-hidden />}
            >
              {date === undefined ? t("refunds.empty.next") : undefined}
            </Empty>
          }
        />
      </Stack>
    </>
  );
}
