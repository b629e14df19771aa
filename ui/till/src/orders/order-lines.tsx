import { rupiah } from "@shared/money";
import type { Order } from "../api/orders";
import { choicesText } from "../sell/selling";
import { useText, useWord } from "../text";
import classes from "./order-lines.module.css";

/** Lines, charges, total and payments of an order. */
export function OrderLines({ order }: { order: Order }) {
  const t = useText();
  const word = useWord();
  return (
    <div className={classes.order}>
      <ul className={classes.lines}>
        {order.lines.map((line) => (
          <li key={line.id}>
            <span className={classes.qty}>{line.qty}</span>
            <span className={classes.words}>
              <span className="name">{line.name}</span>
              <small className="name">{choicesText(line.variant_name, line.modifiers)}</small>
              {line.note && <small className="name">{line.note}</small>}
            </span>
            <span className="money">{rupiah(line.amount)}</span>
          </li>
        ))}
      </ul>
      <dl className={classes.totals}>
        <Row name={t("total.lines")} amount={order.subtotal} />
        {order.discount > 0 && <Row name={t("total.discount")} amount={-order.discount} />}
        {order.charges
          .filter((charge) => charge.amount !== 0)
          .map((charge) => (
            <Row
              key={charge.id}
              name={charge.inclusive ? t("total.included", { name: charge.name }) : charge.name}
              amount={charge.amount}
            />
          ))}
        {order.rounding !== 0 && <Row name={t("total.rounding")} amount={order.rounding} />}
        <div className={classes.total}>
          <dt>{t("total")}</dt>
          <dd className="money">{rupiah(order.total)}</dd>
        </div>
        {order.payments.map((payment) => (
          <Row
            key={payment.id}
            name={
              payment.status === "unconfirmed"
                ? t("payment.unconfirmed", { method: word(`method.${payment.method}`) })
                : word(`method.${payment.method}`)
            }
            amount={payment.tendered}
          />
        ))}
        {order.payments.some(({ change }) => change > 0) && (
          <Row name={t("change")} amount={order.payments.reduce((sum, { change }) => sum + change, 0)} />
        )}
        {order.status === "open" && order.paid > 0 && <Row name={t("pay.rest")} amount={order.total - order.paid} />}
      </dl>
    </div>
  );
}

function Row({ name, amount }: { name: string; amount: number }) {
  return (
    <div>
      <dt className="name">{name}</dt>
      <dd className="money">{rupiah(amount)}</dd>
    </div>
  );
}
