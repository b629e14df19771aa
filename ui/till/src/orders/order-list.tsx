import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue, useIntersection } from "@mantine/hooks";
import { typedAmount } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { IconAdjustmentsHorizontal, IconReceipt, IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import { type OrderFilter, useOrders } from "../api/orders";
import { useStatus } from "../api/reach";
import { useGo } from "../parts/layers";
import { useText } from "../text";
import { AmountFilter } from "./amount-filter";
import classes from "./order-list.module.css";
import { OrderRow } from "./order-row";
import { Ready } from "./ready";

const TABS = ["open", "today", "paid"] as const;

/** Open orders, those of today, or all that are paid; found by number, table, guest or amount. The filters are in the address. */
export function OrderList({ chosen }: { chosen: string | null }) {
  const t = useText();
  const go = useGo();
  const today = useStatus()?.business_date;
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((name) => name === params.get("tab")) ?? "open";
  const [query, setQuery] = useState(params.get("q") ?? "");
  const [asked] = useDebouncedValue(query.trim(), 200);
  const [least, most] = [typedAmount(params.get("min") ?? ""), typedAmount(params.get("max") ?? "")];
  const [amounts, setAmounts] = useState(least !== null || most !== null);

  const set = (name: string, value: string) =>
    setParams(
      (now) => {
        if (value === "") now.delete(name);
        else now.set(name, value);
        return now;
      },
      { replace: true },
    );
  useEffect(() => {
    setParams(
      (now) => {
        if (asked === "") now.delete("q");
        else now.set("q", asked);
        return now;
      },
      { replace: true },
    );
  }, [asked, setParams]);

  const filter: OrderFilter = {
    ...(tab !== "today" ? { status: tab } : today === undefined ? {} : { date: today }),
    ...(asked === "" ? {} : { q: asked }),
    ...(params.get("table") ? { table: params.get("table") ?? "" } : {}),
    ...(least === null ? {} : { min_total: least }),
    ...(most === null ? {} : { max_total: most }),
  };
  const orders = useOrders(filter, tab !== "today" || today !== undefined);
  const rows = orders.data?.pages.flatMap((page) => page.data ?? []) ?? [];
  const { ref, entry } = useIntersection({ rootMargin: "400px" });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = orders;
  useEffect(() => {
    if (entry?.isIntersecting && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [entry, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const search = params.toString();
  const filtered = asked !== "" || least !== null || most !== null || params.has("table");
  return (
    <section className={classes.list} aria-label={t("orders")}>
      <div className={classes.tools}>
        <SegmentedControl
          size="md"
          aria-label={t("orders")}
          value={tab}
          onChange={(next) => set("tab", next === "open" ? "" : next)}
          data={TABS.map((value) => ({ value, label: t(`orders.${value}`) }))}
        />
        <TextInput
          className={classes.search ?? ""}
          type="search"
          aria-label={t("orders.search")}
          placeholder={t("orders.search")}
          leftSection={<IconSearch size={20} aria-hidden />}
          value={query}
          maxLength={100}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <Button
          variant={amounts ? "light" : "default"}
          className={classes.toggle ?? ""}
          aria-label={t("orders.amount")}
          aria-expanded={amounts}
          title={t("orders.amount")}
          onClick={() => setAmounts(!amounts)}
        >
          <IconAdjustmentsHorizontal size={22} aria-hidden />
        </Button>
      </div>
      {amounts && <AmountFilter least={least} most={most} set={set} />}
      {params.get("table") && (
        <div className={classes.table}>
          <span>{t("table.named", { name: params.get("table") ?? "" })}</span>
          <Button variant="subtle" onClick={() => set("table", "")}>
            {t("orders.all_tables")}
          </Button>
        </div>
      )}
      <div className={classes.rows}>
        {tab === "open" && !filtered && <Ready />}
        {orders.error !== null && rows.length === 0 && (
          <ErrorNote error={orders.error} retry={() => void orders.refetch()} />
        )}
        {orders.isSuccess && rows.length === 0 && (
          <Empty
            title={filtered ? t("orders.not_found") : t(`orders.none_${tab}`)}
            icon={<IconReceipt size={40} stroke={1.5} aria-hidden />}
          >
            <Button variant="light" onClick={() => (filtered ? go("/orders") : go("/"))}>
              {filtered ? t("orders.all") : t("orders.sell")}
            </Button>
          </Empty>
        )}
        <ul>
          {rows.map((order) => (
            <OrderRow
              key={order.id}
              order={order}
              chosen={order.id === chosen}
              to={`/orders/${order.id}${search === "" ? "" : `?${search}`}`}
            />
          ))}
        </ul>
        <div ref={ref} className={classes.end} />
      </div>
    </section>
  );
}
