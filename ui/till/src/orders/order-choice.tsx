import { rupiah } from "@shared/money";
import { useTime } from "@shared/time";
import { IconCheck } from "@tabler/icons-react";
import type { OrderSummary } from "../api/orders";
import { useText } from "../text";
import { shortNumber } from "./number";
import classes from "./order-choice.module.css";
import { useWay } from "./way";

interface Props {
  orders: readonly OrderSummary[];
  chosen?: ReadonlySet<string>;
  choose: (order: OrderSummary) => void;
  disabled?: boolean;
}

/** Open orders to choose from. */
export function OrderChoice({ orders, chosen, choose, disabled = false }: Props) {
  const t = useText();
  const way = useWay();
  const time = useTime();
  return (
    <ul className={classes.list}>
      {orders.map((order) => {
        const place = order.table_number ? t("table.named", { name: order.table_number }) : way(order);
        const queue = order.queue_no && !order.table_number ? t("queue.named", { number: order.queue_no }) : null;
        return (
          <li key={order.id}>
            <button
              type="button"
              aria-pressed={chosen?.has(order.id)}
              disabled={disabled}
              onClick={() => choose(order)}
            >
              <span className={classes.words}>
                <span className="name">{[queue, place, order.customer_name].filter(Boolean).join(" · ")}</span>
                <small>
                  {shortNumber(order.order_number)} · {time.clock(order.created_at)} ·{" "}
                  {t("cart.pieces", { count: order.items })}
                </small>
              </span>
              <span className="money">{rupiah(order.total)}</span>
              {chosen !== undefined && (
                <span className={classes.mark}>{chosen.has(order.id) && <IconCheck size={20} aria-hidden />}</span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
