import { useState } from "react";
import { type Changes, mergeInto, moveTo } from "../api/commands";
import { type Order, type OrderSummary, useOpenOrders } from "../api/orders";
import { Problem } from "../parts/act";
import { Sheet } from "../parts/sheet";
import { TableField } from "../sell/details-fields";
import { useText } from "../text";
import classes from "./move-sheet.module.css";
import { OrderChoice } from "./order-choice";

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
  /** Shows another order. */
  show: (id: string) => void;
}

/** Moves an order to a free table, or merges it with what is at a taken one. */
export function MoveSheet({ order, changes, close, show }: Props) {
  const t = useText();
  const open = useOpenOrders();
  const [table, setTable] = useState<string | null>(null);
  const there = (open.data ?? []).filter((one) => one.table_number === table && one.id !== order.id);
  const choose = async (name: string) => {
    changes.forget();
    if (name === order.table_number) return close();
    const isTaken = open.data?.some((one) => one.table_number === name && one.id !== order.id);
    if (isTaken) setTable(name);
    else if ((await changes.run(moveTo(name))) !== null) close();
  };
  const merge = async (into: OrderSummary) => {
    if ((await changes.run(mergeInto(into.id))) === null) return;
    close();
    show(into.id);
  };
  return (
    <Sheet opened close={close} title={t(order.table_number ? "order.move" : "order.table")}>
      <div className={classes.form}>
        <Problem error={changes.error} safe={t("order.safe")} />
        <TableField
          chosen={table ?? order.table_number ?? null}
          choose={(name) => void choose(name)}
          disabled={changes.isRunning}
        />
        {table !== null && there.length > 0 && (
          <section className={classes.taken} aria-label={t("order.taken", { name: table })}>
            <h3>{t("order.taken", { name: table })}</h3>
            <OrderChoice orders={there} choose={(into) => void merge(into)} disabled={changes.isRunning} />
          </section>
        )}
      </div>
    </Sheet>
  );
}
