import { Button } from "@mantine/core";
import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { boxOf } from "@shared/plan";
import { IconArmchair, IconArrowsExchange } from "@tabler/icons-react";
import { type CSSProperties, type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useCatalog } from "../api/catalog";
import { useOpenOrders } from "../api/orders";
import { Chips } from "../parts/chips";
import { useTicking } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { beginAt, carts } from "../state/carts";
import { type Area, floor, type Place } from "../state/floor";
import { now } from "../state/server-time";
import { usePart } from "../state/store";
import { useText } from "../text";
import { Card } from "./card";
import { type Moved, MoveSheet } from "./move-sheet";
import classes from "./page.module.css";
import { Plan } from "./plan";
import { UndoMove } from "./undo-move";

/** Which tables something is moved between. */
type Move = { step: "from" } | { step: "to"; from: string } | { step: "ask"; from: string; to: string };

const hasPlan = ({ places }: Area) => places.some(({ table }) => table.box !== null);

/**
 * The tables of the shop by area, on the plan if they have a place there: free ones begin an order, taken ones open theirs. What is
 * at a table moves to another one by a long press, or by the button, and a tap on where it goes.
 */
export function TablesPage() {
  const t = useText();
  const go = useGo();
  const catalog = useCatalog();
  const open = useOpenOrders();
  const time = useTicking(15_000, now);
  const [chosen, setChosen] = useState<string | null>(null);
  const [move, setMove] = useState<Move | null>(null);
  const [moved, setMoved] = useState<Moved | null>(null);
  const forget = useCallback(() => setMoved(null), []);
  const tables = catalog.data?.tables;
  // Without the open orders nobody knows which tables are free.
  const areas = useMemo(() => {
    if (open.data === undefined) return [];
    const active = (tables ?? []).filter((table) => table.active);
    const shown = active.map((table) => ({
      name: table.name,
      area: table.area ?? null,
      seats: table.seats ?? null,
      box: boxOf(table),
    }));
    return floor(shown, open.data);
  }, [tables, open.data]);
  const current = usePart(carts, (all) => all.current.table);
  const places = areas.flatMap((area) => area.places);
  const placeOf = (name: string) => places.find(({ table }) => table.name === name);
  // What was at the table has gone: another till was faster.
  const source = move === null || move.step === "from" ? undefined : placeOf(move.from);
  const isOver = move !== null && move.step !== "from" && (source === undefined || source.orders.length === 0);
  useEffect(() => {
    if (isOver) setMove(null);
  }, [isOver]);

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
  const from = (place: Place) => {
    if (place.orders.length > 0) setMove({ step: "to", from: place.table.name });
  };
  const tap = (place: Place) => {
    if (move === null) look(place);
    else if (move.step === "from") from(place);
    else if (move.from === place.table.name) setMove(null);
    else setMove({ step: "ask", from: move.from, to: place.table.name });
  };
  const card = (place: Place, style?: CSSProperties) => (
    <Card
      key={place.table.name}
      place={place}
      time={time}
      isCurrent={current === place.table.name}
      isSource={move !== null && move.step !== "from" && move.from === place.table.name}
      disabled={move?.step === "from" && place.orders.length === 0}
      open={() => tap(place)}
      hold={() => from(place)}
      {...(style && { style })}
    />
  );
  const error = open.error ?? catalog.error;
  const planned = areas.filter(hasPlan);
  const onlyArea =
    planned.length > 0 && areas.length > 1 ? (areas.find(({ name }) => (name ?? "") === chosen) ?? planned[0]) : null;
  const shown = onlyArea ? [onlyArea] : areas;
  const isAnyTaken = places.some(({ orders }) => orders.length > 0);
  const target = move?.step === "ask" ? placeOf(move.to) : undefined;
  return (
    <main className={classes.page}>
      {areas.length > 0 && (
        <div className={classes.tools}>
          {onlyArea ? (
            <Chips
              label={t("tables.areas")}
              options={areas.map(({ name }) => ({ value: name ?? "", text: name ?? t("tables.area") }))}
              chosen={onlyArea.name ?? ""}
              choose={setChosen}
            />
          ) : (
            <span />
          )}
          <Button
            variant="default"
            size="lg"
            leftSection={<IconArrowsExchange size={22} aria-hidden />}
            disabled={!isAnyTaken || move !== null}
            onClick={() => {
              setMoved(null);
              setMove({ step: "from" });
            }}
          >
            {t("tables.move")}
          </Button>
        </div>
      )}
      <div className={classes.areas}>
        {error !== null && areas.length === 0 && <ErrorNote error={error} retry={() => void open.refetch()} />}
        {catalog.data !== undefined && open.data !== undefined && areas.length === 0 && (
          <Empty title={t("tables.none")} icon={<IconArmchair size={40} stroke={1.5} aria-hidden />}>
            <Button variant="light" onClick={() => go("/")}>
              {t("orders.sell")}
            </Button>
          </Empty>
        )}
        {shown.map((area) => (
          <section key={area.name ?? ""} className={classes.area}>
            {onlyArea === null && <h2 className="name">{area.name ?? t("tables.area")}</h2>}
            <AreaTables area={area} card={card} />
          </section>
        ))}
      </div>
      {move !== null && move.step !== "ask" && (
        <div className={classes.bar} role="status">
          <span>{move.step === "from" ? t("tables.move.from") : t("tables.move.to", { name: move.from })}</span>
          <Button variant="default" onClick={() => setMove(null)}>
            {t("action.cancel")}
          </Button>
        </div>
      )}
      {move === null && moved !== null && (
        <div className={classes.bar}>
          <UndoMove key={moved.orderId} moved={moved} close={forget} />
        </div>
      )}
      {move?.step === "ask" && source !== undefined && target !== undefined && (
        <MoveSheet
          from={source}
          to={target}
          close={(done) => {
            setMove(null);
            setMoved(done);
          }}
        />
      )}
    </main>
  );
}

function AreaTables({ area, card }: { area: Area; card: (place: Place, style?: CSSProperties) => ReactNode }) {
  const t = useText();
  const others = area.places.filter(({ table }) => table.box === null);
  const list = (
    <ul>
      {others.map((place) => (
        <li key={place.table.name}>{card(place)}</li>
      ))}
    </ul>
  );
  if (!hasPlan(area)) return list;
  return (
    <>
      <Plan name={area.name} places={area.places} card={card} />
      {others.length > 0 && (
        <>
          <h3>{t("plan.others")}</h3>
          {list}
        </>
      )}
    </>
  );
}
