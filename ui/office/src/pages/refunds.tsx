import { Button, Group, Stack } from "@mantine/core";
import { usePages } from "@shared/api/pages";
import { Empty } from "@shared/parts/empty";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Numbered } from "@shared/parts/numbered";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { chosenPeriod } from "@shared/period";
import { useTime } from "@shared/time";
import { IconReceiptRefund } from "@tabler/icons-react";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { PAGE_SIZE } from "../api/lists";
import { listRefunds, type RefundSummary } from "../api/refunds";
import { changed } from "../filters";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { useText } from "../text";

const route = getRouteApi("/refunds");

/** What all outlets gave back, the latest first. */
export function RefundsPage() {
  const t = useText();
  const time = useTime();
  const router = useRouter();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "last7", today);
  const filter = { ...period, outlet_id: search.outlet };
  const pages = usePages<RefundSummary>(["sales", "refunds", filter], (cursor) =>
    listRefunds(filter, cursor, PAGE_SIZE),
  );
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const columns: Column<RefundSummary>[] = [
    { id: "number", title: t("refund.number"), render: (refund) => <Numbered>{refund.refund_number}</Numbered> },
    { id: "outlet", title: t("outlet.one"), minor: true, render: (refund) => refund.outlet_code },
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
      render: (refund) => <span className="name">{refund.reason}</span>,
    },
    { id: "total", title: t("refunded.total"), figure: true, render: (refund) => <Money amount={refund.total} /> },
  ];
  return (
    <>
      <PageHead title={t("nav.refunds")} lead={t("refunds.lead")} />
      <Stack gap="md">
        <Group gap="xs">
          <PeriodPicker value={search} preset="last7" period={period} today={today} onChange={set} />
          <OutletSelect value={search.outlet} onChange={(outlet) => set({ outlet })} />
        </Group>
        {pages.rows?.length === 0 && pages.hasNext ? (
          <Empty title={t("shifts.not_yet")} icon={<IconReceiptRefund size={32} aria-hidden />}>
            <Button onClick={pages.next}>{t("shifts.search_older")}</Button>
          </Empty>
        ) : (
          <List
            label={t("nav.refunds")}
            pages={pages}
            rowId={(refund) => `${refund.outlet_id} ${refund.id}`}
            columns={columns}
            href={(refund) => `/refunds/${refund.id}`}
            open={(refund) => void router.navigate({ to: "/refunds/$id", params: { id: refund.id } })}
            empty={
              <Empty title={t("refunds.empty")} icon={<IconReceiptRefund size={32} aria-hidden />}>
                {t("refunds.empty.next")}
              </Empty>
            }
          />
        )}
      </Stack>
    </>
  );
}
