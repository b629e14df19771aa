import { rupiah } from "@shared/money";
import { useTime } from "@shared/time";
import { memo } from "react";
import type { OrderSummary } from "../api/orders";
import { useGo } from "../parts/layers";
import { useText } from "../text";
import { shortNumber } from "./number";
import classes from "./order-row.module.css";
import { Status } from "./status";
import { useWay } from "./way";

interface Props {
  order: OrderSummary;
  chosen: boolean;
  /** The address of the order. */
  to: string;
}

/** An order in a list. */
export const OrderRow = memo(function OrderRow({ order, chosen, to }: Props) {
  const t = useText();
  const way = useWay();
  const time = useTime();
  const go = useGo();
  const table = order.table_number ? t("table.named", { name: order.table_number }) : way(order);
  const queue = order.queue_no && !order.table_number ? t("queue.named", { number: order.queue_no }) : null;
  return (
    <li className={classes.row}>
      <button type="button" aria-current={chosen} onClick={() => go(to)}>
        <span className={classes.words}>
          <span className={classes.title}>{[queue, table, order.customer_name].filter(Boolean).join(" · ")}</span>
          <span className={classes.detail}>
            {time.clock(order.created_at)} · <OrderNumber number={order.order_number} /> ·{" "}
            {t("cart.pieces", { count: order.items })}
            {order.cashier_name ? ` · ${order.cashier_name}` : ""}
          </span>
        </span>
        <span className={classes.figures}>
          <span className="money">{rupiah(order.total)}</span>
          <Status status={order.status} partly={order.paid > 0} />
        </span>
      </button>
    </li>
  );
});

/** An order's number. Outlet and date are the same on every row, so phones leave them out. */
function OrderNumber({ number }: { number: string }) {
  const tail = shortNumber(number);
  return (
    <span className="figures">
      <span className={classes.prefix}>{number.slice(0, number.length - tail.length)}</span>
      {tail}
    </span>
  );
}
