import { rupiah } from "@shared/money";
import { ErrorNote } from "@shared/parts/error-note";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { mergeInto, moveTo, useChanges } from "../api/commands";
import { type Order, type OrderSummary, useOpenOrders, useOrder } from "../api/orders";
import { shortNumber } from "../orders/number";
import { OrderChoice } from "../orders/order-choice";
import { Act, Problem } from "../parts/act";
import { Sheet } from "../parts/sheet";
import type { Place } from "../state/floor";
import { useText } from "../text";
import classes from "./move-sheet.module.css";

/** An order that was moved, and the table that it came from. */
export interface Moved {
  orderId: string;
  from: string;
  to: string;
}

interface Props {
  from: Place;
  to: Place;
  /** `moved`: what can be moved back. A merge cannot be undone. */
  close: (moved: Moved | null) => void;
}

/** Asks before an order moves to a free table, or merges with what is at a taken one. */
export function MoveSheet({ from, to, close }: Props) {
  const open = useOpenOrders();
  const [chosen, setChosen] = useState<string | null>(null);
  const at = (place: Place) => (open.data ?? []).filter((order) => order.table_number === place.table.name);
  const [orders, targets] = [at(from), at(to)];
  const [first, another] = orders;
  const id = chosen ?? (another === undefined ? first?.id : undefined);
  if (id === undefined) return <Which from={from} orders={orders} choose={setChosen} close={() => close(null)} />;
  return <Asking key={id} id={id} from={from} to={to} targets={targets} close={close} />;
}

interface WhichProps {
  from: Place;
  orders: readonly OrderSummary[];
  choose: (id: string) => void;
  close: () => void;
}

function Which({ from, orders, choose, close }: WhichProps) {
  const t = useText();
  return (
    <Sheet opened close={close} title={t("tables.move.which", { name: from.table.name })}>
      <OrderChoice orders={orders} choose={(order) => choose(order.id)} />
    </Sheet>
  );
}

interface AskingProps extends Props {
  id: string;
  targets: readonly OrderSummary[];
}

function Asking({ id, from, to, targets, close }: AskingProps) {
  const t = useText();
  const order = useOrder(id);
  const queries = useQueryClient();
  const back = () => {
    void queries.invalidateQueries({ queryKey: ["orders"] });
    close(null);
  };
  if (order.data === undefined) {
    return (
      <Sheet opened close={back} title={t("tables.move.title", { from: from.table.name, to: to.table.name })}>
        {order.error !== null && <ErrorNote error={order.error} retry={() => void order.refetch()} />}
      </Sheet>
    );
  }
  return <Confirm order={order.data} from={from} to={to} targets={targets} close={close} />;
}

interface ConfirmProps extends Props {
  order: Order;
  targets: readonly OrderSummary[];
}

function Confirm({ order, from, to, targets, close }: ConfirmProps) {
  const t = useText();
  const changes = useChanges(order);
  const [chosen, setChosen] = useState<string | null>(null);
  const [only, another] = targets;
  const into = targets.find(({ id }) => id === chosen) ?? (another === undefined ? only : undefined);
  const [source, target] = [from.table.name, to.table.name];
  const number = shortNumber(order.order_number);
  const act = async () => {
    if (only === undefined) {
      const done = await changes.run(moveTo(target));
      if (done !== null) close({ orderId: order.id, from: source, to: target });
    } else if (into !== undefined && (await changes.run(mergeInto(into.id))) !== null) close(null);
  };
  return (
    <Sheet
      opened
      close={() => close(null)}
      enter={() => void act()}
      title={t(only === undefined ? "tables.move.title" : "tables.merge.title", { from: source, to: target })}
      foot={
        <Act
          changes={changes}
          act={() => void act()}
          missing={only !== undefined && into === undefined ? t("tables.merge.choose") : null}
        >
          {only === undefined ? t("tables.move.act", { to: target }) : t("tables.merge.act")}
        </Act>
      }
    >
      <Problem error={changes.error} safe={t("order.safe")} />
      <p className={classes.text}>
        {only === undefined
          ? t("tables.move.text", { number, total: rupiah(order.total) })
          : into === undefined
            ? t("tables.merge.which", { number, to: target })
            : t("tables.merge.text", {
                number,
                into: shortNumber(into.order_number),
                total: rupiah(order.total + into.total),
              })}
      </p>
      {another !== undefined && (
        <OrderChoice
          orders={targets}
          chosen={new Set(into === undefined ? [] : [into.id])}
          choose={({ id }) => setChosen(id)}
          disabled={changes.isRunning}
        />
      )}
    </Sheet>
  );
}
