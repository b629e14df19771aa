import { Button, Group, Popover, Stack } from "@mantine/core";
import { usePages } from "@shared/api/pages";
import { typedAmount } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { AmountInput, SearchInput } from "@shared/parts/fields";
import { type Column, List } from "@shared/parts/list";
import { Money } from "@shared/parts/money";
import { Numbered } from "@shared/parts/numbered";
import { OrderStatus } from "@shared/parts/order-status";
import { PageHead } from "@shared/parts/page-head";
import { PeriodPicker } from "@shared/parts/period-picker";
import { chosenPeriod } from "@shared/period";
import { useTime } from "@shared/time";
import { IconFilter, IconReceipt } from "@tabler/icons-react";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { PAGE_SIZE } from "../api/lists";
import type { Schemas } from "../api/queries";
import { listOrders } from "../api/sales";
import { changed } from "../filters";
import { OutletSelect } from "../parts/outlet-select";
import { useToday } from "../parts/today";
import { useText } from "../text";

const route = getRouteApi("/orders");
type Sale = Schemas["Sale"];

/** Orders of all outlets, the newest first: found by number, amount, day and outlet. */
export function OrdersPage() {
  const t = useText();
  const time = useTime();
  const router = useRouter();
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const today = useToday(search.outlet);
  const period = chosenPeriod(search, "last7", today);
  const filter = {
    q: search.q,
    outlet_id: search.outlet,
    // A number finds its order whenever it was.
    ...(search.q === undefined && period),
    min_total: typedAmount(search.min ?? "") ?? undefined,
    max_total: typedAmount(search.max ?? "") ?? undefined,
  };
  const pages = usePages<Sale>(["sales", "orders", filter], (cursor) => listOrders(filter, cursor, PAGE_SIZE));
  const set = (change: Parameters<typeof changed<typeof search>>[1]) =>
    void navigate({ search: (old) => changed(old, change), replace: true });
  const columns: Column<Sale>[] = [
    { id: "number", title: t("order.number"), render: (order) => <Numbered>{order.order_number}</Numbered> },
    { id: "outlet", title: t("outlet.one"), minor: true, render: (order) => order.outlet_code },
    { id: "status", title: t("state"), render: (order) => <OrderStatus status={order.status} /> },
    { id: "type", title: t("sold.type"), minor: true, render: (order) => t(`sold.type.${order.order_type}`) },
    {
      id: "for",
      title: t("order.for"),
      minor: true,
      render: (order) =>
        order.customer_name ?? (order.table_number == null ? "–" : t("order.table", { table: order.table_number })),
    },
    { id: "at", title: t("order.at"), render: (order) => time.moment(order.paid_at ?? order.created_at) },
    { id: "total", title: t("order.total"), figure: true, render: (order) => <Money amount={order.total} /> },
  ];
  const amounts = search.min !== undefined || search.max !== undefined;
  return (
    <>
      <PageHead title={t("nav.orders")} lead={t("orders.lead")} />
      <Stack gap="md">
        <Group gap="xs">
          <SearchInput label={t("orders.search")} value={search.q ?? ""} onChange={(q) => set({ q })} />
          {search.q === undefined && (
            <PeriodPicker value={search} preset="last7" period={period} today={today} onChange={set} />
          )}
          <OutletSelect value={search.outlet} onChange={(outlet) => set({ outlet })} />
          <Popover trapFocus returnFocus position="bottom-end" shadow="md">
            <Popover.Target>
              <Button variant={amounts ? "light" : "default"} leftSection={<IconFilter size={20} aria-hidden />}>
                {t("orders.amount")}
              </Button>
            </Popover.Target>
            <Popover.Dropdown>
              <Stack gap="sm">
                <AmountInput
                  label={t("orders.amount.min")}
                  value={typedAmount(search.min ?? "")}
                  onChange={(amount) => set({ min: amount === null ? undefined : String(amount) })}
                />
                <AmountInput
                  label={t("orders.amount.max")}
                  value={typedAmount(search.max ?? "")}
                  onChange={(amount) => set({ max: amount === null ? undefined : String(amount) })}
                />
              </Stack>
            </Popover.Dropdown>
          </Popover>
        </Group>
        {pages.rows?.length === 0 && pages.hasNext ? (
          // One request searches a part of all orders, the newest first.
          <Empty title={t("orders.not_yet")} icon={<IconReceipt size={32} aria-hidden />}>
            <Button onClick={pages.next}>{t("orders.search_older")}</Button>
          </Empty>
        ) : pages.rows?.length === 0 ? (
          <Empty title={t("orders.empty")} icon={<IconReceipt size={32} aria-hidden />}>
            {search.q === undefined ? t("orders.empty.next") : t("orders.no_match")}
          </Empty>
        ) : (
          <List
            label={t("nav.orders")}
            pages={pages}
            rowId={(order) => `${order.outlet_id} ${order.id}`}
            columns={columns}
            href={(order) => `/orders/${order.id}`}
            open={(order) => void router.navigate({ to: "/orders/$id", params: { id: order.id } })}
            empty={null}
          />
        )}
      </Stack>
    </>
  );
}
