import { Stack } from "@mantine/core";
import type { ReactNode } from "react";
import type { components } from "../api/generated/outlet";
import { grouped, rupiah } from "../money";
import { percentText } from "../percent";
import { useText, useWord } from "../text/provider";
import type { useTime } from "../time";
import { Facts } from "./facts";
import { Goods } from "./goods";
import { Money } from "./money";
import classes from "./order-detail.module.css";
import { Card } from "./page-head";
import { Sum, Sums } from "./shift-figures";
import sums from "./shift-figures.module.css";

/** What both APIs have of an order. */
type Order = Omit<components["schemas"]["Order"], "refunds" | "refunded" | "warnings">;
type Line = Order["lines"][number];
type Payment = Order["payments"][number];

interface Refund {
  id: string;
  business_date: string;
  reason: string;
  total: number;
}

interface Props {
  order: Order;
  methodName: (method: string) => string;
  /** What else this server knows of it. */
  facts?: readonly (readonly [label: string, value: ReactNode])[];
  refunds: readonly Refund[];
  /** A link to the page of a refund. */
  refundLink: (id: string, text: string) => ReactNode;
  time: ReturnType<typeof useTime>;
}

/** An order for those who check: what was sold, what it came to, how it was paid, what was given back. */
export function OrderDetail({ order, methodName, facts = [], refunds, refundLink, time }: Props) {
  const t = useText();
  const word = useWord();
  const own: [string, string | null | undefined][] = [
    [t("sold.day"), time.day(order.business_date)],
    [t("sold.type"), word(`sold.type.${order.order_type}`)],
    [t("sold.table"), order.table_number],
    [t("sold.queue"), order.queue_no == null ? null : String(order.queue_no)],
    [t("sold.customer"), order.customer_name],
    [t("sold.pax"), order.pax == null ? null : grouped(order.pax)],
    [t("sold.created"), time.moment(order.created_at)],
    [t("sold.paid_at"), order.paid_at && time.moment(order.paid_at)],
    [
      t("sold.paid_date"),
      order.paid_date && order.paid_date !== order.business_date ? time.day(order.paid_date) : null,
    ],
    [t("sold.voided_at"), order.voided_at && time.moment(order.voided_at)],
    [t("refunded.reason"), order.void_reason],
  ];
  return (
    <div className={classes.columns}>
      <Card>
        <Goods
          items={order.lines}
          amount={(line) => line.amount}
          isVoid={(line) => Boolean(line.voided_at)}
          notes={(line) => notesOf(line).map((note) => <small key={note}>{note}</small>)}
        />
      </Card>
      <Stack gap="md">
        <Card>
          <Amounts order={order} />
        </Card>
        <Card>
          <Sums title={t("figures.tenders")} {...(order.payments.length === 0 && { empty: t("figures.tenders.none") })}>
            {order.payments.map((payment) => (
              <Sum
                key={payment.id}
                label={payment.tender_name ?? methodName(payment.method)}
                amount={payment.amount}
                note={<PaymentNotes payment={payment} />}
              />
            ))}
          </Sums>
        </Card>
        {refunds.length > 0 && (
          <Card>
            <h3 className={sums.title}>{t("figures.refunds")}</h3>
            <ul className={classes.refunds}>
              {refunds.map(({ id, business_date, reason, total }) => (
                <li key={id}>
                  <span className="name">
                    {refundLink(id, time.day(business_date))}
                    <small>{reason}</small>
                  </span>
                  <Money amount={-total} />
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Stack>
      <div className={classes.details}>
        <Card>
          <Facts facts={[...own.filter(([, value]) => value), ...facts]} />
        </Card>
      </div>
    </div>
  );
}

/** Variant, modifiers, note, the price of one of several, and why it is void. */
function notesOf(line: Line): string[] {
  const modifiers = line.modifiers.map(({ group, name, qty, price }) =>
    [`${qty > 1 ? `${qty}× ` : ""}${group}: ${name}`, price === 0 ? "" : rupiah(price)].filter(Boolean).join(" "),
  );
  const each = line.qty > 1 && line.qty_scale === 0 ? `@ ${rupiah(line.price)}` : null;
  return [line.variant_name, ...modifiers, line.note, each, line.void_reason].filter((note) => note != null);
}

function PaymentNotes({ payment }: { payment: Payment }) {
  const t = useText();
  return (
    <>
      {payment.reference && <span className="name">{payment.reference}</span>}
      {payment.change !== 0 && (
        <span>{t("tender.change", { tendered: rupiah(payment.tendered), change: rupiah(payment.change) })}</span>
      )}
      {payment.status === "unconfirmed" && <span>{t("figures.unconfirmed")}</span>}
      {payment.reason && <span className="name">{payment.reason}</span>}
    </>
  );
}

function Amounts({ order }: { order: Order }) {
  const t = useText();
  return (
    <Sums title={t("figures.amounts")}>
      <Sum label={t("figures.subtotal")} amount={order.subtotal} />
      <Sum label={t("figures.discount")} amount={-order.discount} optional />
      {order.charges.map(({ id, name, rate_bp, amount, inclusive }) => (
        <Sum
          key={id}
          label={t(inclusive ? "taxes.inside" : "taxes.added", { name, rate: percentText(rate_bp) })}
          amount={amount}
        />
      ))}
      <Sum label={t("figures.rounding")} amount={order.rounding} optional />
      <Sum label={t("goods.total")} amount={order.total} total />
    </Sums>
  );
}
