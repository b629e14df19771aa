import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { IconArmchair } from "@tabler/icons-react";
import { useMemo } from "react";
import { useCatalog } from "../api/catalog";
import { useOpenOrders } from "../api/orders";
import { useTicking } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { beginAt, carts } from "../state/carts";
import { floor, minutesSince, type Place } from "../state/floor";
import { now } from "../state/server-time";
import { usePart } from "../state/store";
import { useText } from "../text";
import classes from "./page.module.css";

/** The tables of the shop by area: free ones begin an order, taken ones open theirs. */
export function TablesPage() {
  const t = useText();
  const go = useGo();
  const catalog = useCatalog();
  const open = useOpenOrders();
  const time = useTicking(15_000, now);
  const tables = catalog.data?.tables;
  // Without the open orders nobody knows which tables are free.
  const areas = useMemo(() => {
    if (open.data === undefined) return [];
    const active = (tables ?? []).filter((table) => table.active);
    return floor(
      active.map(({ name, area, seats }) => ({ name, area: area ?? null, seats: seats ?? null })),
      open.data,
    );
  }, [tables, open.data]);
  const current = usePart(carts, (all) => all.current.table);
  const begin = (name: string) => {
    carts.update((all) => beginAt(all, name, Date.now()));
    go("/");
  };
  const look = ({ table, orders }: Place) => {
    const [only, another] = orders;
    if (only === undefined) begin(table.name);
    else if (another === undefined) go(`/orders/${only.id}`);
    else go(`/orders?table=${encodeURIComponent(table.name)}`);
  };
  const error = open.error ?? catalog.error;
  return (
    <main className={classes.page}>
      {error !== null && areas.length === 0 && <ErrorNote error={error} retry={() => void open.refetch()} />}
      {catalog.data !== undefined && open.data !== undefined && areas.length === 0 && (
        <Empty title={t("tables.none")} icon={<IconArmchair size={40} stroke={1.5} aria-hidden />}>
          <Button variant="light" onClick={() => go("/")}>
            {t("orders.sell")}
          </Button>
        </Empty>
      )}
      {areas.map(({ name, places }) => (
        <section key={name ?? ""} className={classes.area}>
          <h2 className="name">{name ?? t("tables.area")}</h2>
          <ul>
            {places.map((place) => (
              <li key={place.table.name}>
                <Card place={place} time={time} isCurrent={current === place.table.name} open={() => look(place)} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}

interface CardProps {
  place: Place;
  time: number;
  isCurrent: boolean;
  open: () => void;
}

function Card({ place, time, isCurrent, open }: CardProps) {
  const t = useText();
  const { table, orders, since, due } = place;
  const minutes = since === null ? null : minutesSince(since, time);
  const taken = orders.length > 1 ? t("table.orders", { count: orders.length }) : t("table.taken");
  const state = since !== null ? taken : isCurrent ? t("table.in_cart") : t("table.free");
  const duration =
    minutes === null
      ? null
      : minutes < 60
        ? t("table.minutes", { minutes })
        : t("table.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return (
    <button type="button" className={classes.card} data-taken={since !== null} onClick={open}>
      <span className={classes.top}>
        <span className={classes.name}>{table.name}</span>
        <span className={classes.state}>{state}</span>
      </span>
      {since === null ? (
        <span className={classes.detail}>{table.seats === null ? "" : t("table.seats", { seats: table.seats })}</span>
      ) : (
        <>
          <span className={classes.amount}>{rupiah(due)}</span>
          <span className={classes.detail}>{duration}</span>
        </>
      )}
    </button>
  );
}
