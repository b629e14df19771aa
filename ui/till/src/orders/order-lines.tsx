import { rupiah } from "@shared/money";
import { percentText } from "@shared/percent";
import { quantityText } from "@shared/quantity";
import { useTime } from "@shared/time";
import { IconChevronRight, IconClock, IconSend } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { OrderDiscount, OrderLine, Payment, Refund } from "../api/commands";
import type { Order } from "../api/orders";
import { useMeansName } from "../pay/means-name";
import { choicesText } from "../sell/selling";
import { received, standing } from "../state/payments";
import { batches } from "../state/sent";
import { useText, useWord } from "../text";
import { shortNumber } from "./number";
import classes from "./order-lines.module.css";

/** What a tap on a row does; rows without it are only shown. */
export interface Taps {
  line?: (line: OrderLine) => void;
  discount?: (discount: OrderDiscount) => void;
  payment?: (payment: Payment) => void;
  refund?: (refund: Refund) => void;
}

interface Props {
  order: Order;
  taps?: Taps;
}

/** Lines, discounts, charges, total, payments and refunds of an order. */
export function OrderLines({ order, taps = {} }: Props) {
  const t = useText();
  const ofLines = order.discounts.filter(({ line_id: id }) => id);
  const comesTo = ofLines.reduce((sum, { amount }) => sum + amount, 0);
  const change = standing(order.payments).reduce((sum, payment) => sum + payment.change, 0);
  return (
    <div className={classes.order}>
      <Lines order={order} discounts={ofLines} taps={taps} />
      <dl className={classes.totals}>
        <Row name={t("total.lines")} amount={order.subtotal} />
        {comesTo > 0 && <Row name={t("total.discount.lines")} amount={-comesTo} />}
      </dl>
      <ul className={classes.rows}>
        {order.discounts
          .filter(({ line_id: id }) => !id)
          .map((discount) => (
            <li key={discount.id}>
              <DiscountRow discount={discount} tap={taps.discount} />
            </li>
          ))}
      </ul>
      <dl className={classes.totals}>
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
      </dl>
      <ul className={classes.rows}>
        {received(order.payments).map(({ payment, reversal }) => (
          <li key={payment.id}>
            <PaymentRow payment={payment} reversal={reversal} tap={taps.payment} />
          </li>
        ))}
      </ul>
      <dl className={classes.totals}>{change > 0 && <Row name={t("change")} amount={change} />}</dl>
      <ul className={classes.rows}>
        {order.refunds.map((refund) => (
          <li key={refund.id}>
            <RefundRow refund={refund} tap={taps.refund} />
          </li>
        ))}
      </ul>
      <dl className={classes.totals}>
        {order.refunds.length > 1 && <Row name={t("refund.all")} amount={-order.refunded} />}
        {order.status === "open" && order.paid > 0 && (
          <div className={classes.rest}>
            <dt>{t("pay.rest")}</dt>
            <dd className="money">{rupiah(order.total - order.paid)}</dd>
          </div>
        )}
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

/** A row that is a button if a tap on it does something. */
function Tappable({
  className,
  tap,
  children,
}: {
  className: string;
  tap: (() => void) | undefined;
  children: ReactNode;
}) {
  if (tap === undefined) return <div className={className}>{children}</div>;
  return (
    <button type="button" className={className} onClick={tap}>
      {children}
    </button>
  );
}

/** Grouped by when they were sent, once something was; what is not sent yet stands last, above the action that sends it. */
function Lines({ order, discounts, taps }: { order: Order; discounts: OrderDiscount[]; taps: Taps }) {
  const groups = batches(order.lines);
  const isGrouped = order.status === "open" && groups.some(({ sentAt, course }) => sentAt !== null || course !== null);
  return groups.map(({ sentAt, course, lines }) => (
    <section key={`${sentAt} ${course}`} className={classes.group}>
      {isGrouped && <GroupHead sentAt={sentAt} course={course} />}
      <ul className={classes.lines}>
        {lines.map((line) => (
          <li key={line.id} data-void={Boolean(line.voided_at)}>
            <Line line={line} tap={line.voided_at ? undefined : taps.line} />
            {discounts
              .filter(({ line_id: id }) => id === line.id)
              .map((discount) => (
                <DiscountRow key={discount.id} discount={discount} tap={taps.discount} isOfLine />
              ))}
          </li>
        ))}
      </ul>
    </section>
  ));
}

function GroupHead({ sentAt, course }: { sentAt: string | null; course: number | null }) {
  const t = useText();
  const time = useTime();
  return (
    <h2 className={classes.sent} data-sent={sentAt !== null}>
      {sentAt === null ? <IconClock size={18} aria-hidden /> : <IconSend size={18} aria-hidden />}
      {sentAt === null
        ? [t("line.unsent"), course === null ? null : t("course", { course })].filter(Boolean).join(" · ")
        : t("line.sent", { time: time.clock(sentAt) })}
    </h2>
  );
}

function Line({ line, tap }: { line: OrderLine; tap: Taps["line"] }) {
  const t = useText();
  const word = useWord();
  const choices = choicesText(line.variant_name, line.modifiers);
  return (
    <Tappable className={classes.line ?? ""} tap={tap && (() => tap(line))}>
      <span className={classes.qty}>{quantityText(line)}</span>
      <span className={classes.words}>
        <span className={classes.name}>{line.name}</span>
        {choices !== "" && <small className="name">{choices}</small>}
        {line.note && <small className="name">{line.note}</small>}
        {line.voided_at && (
          <small className="name">
            {t("line.void", { kind: word(`void_kind.${line.void_kind ?? "wasted"}`), reason: line.void_reason ?? "" })}
          </small>
        )}
      </span>
      <span className={classes.amount}>{rupiah(line.voided_at ? 0 : line.amount)}</span>
    </Tappable>
  );
}

/** `Diskon 10 %`, `Gratis`, or the name that it was given. */
export function useDiscountName(): (discount: OrderDiscount) => string {
  const t = useText();
  return ({ name, kind, rate_bp: rate }) => {
    if (name) return name;
    if (kind === "compliment") return t("discount.compliment");
    return rate ? t("discount.percent", { percent: percentText(rate) }) : t("total.discount");
  };
}

interface DiscountRowProps {
  discount: OrderDiscount;
  tap: Taps["discount"];
  isOfLine?: boolean;
}

function DiscountRow({ discount, tap, isOfLine = false }: DiscountRowProps) {
  const nameOf = useDiscountName();
  return (
    <Tappable className={[classes.row, isOfLine ? classes.ofLine : ""].join(" ")} tap={tap && (() => tap(discount))}>
      <span className={classes.words}>
        <span className="name">{nameOf(discount)}</span>
        {discount.reason && <small className="name">{discount.reason}</small>}
      </span>
      <span className="money">{rupiah(-discount.amount)}</span>
      {tap !== undefined && <IconChevronRight size={18} aria-hidden />}
    </Tappable>
  );
}

interface PaymentRowProps {
  payment: Payment;
  reversal: Payment | null;
  tap: Taps["payment"];
}

function PaymentRow({ payment, reversal, tap }: PaymentRowProps) {
  const t = useText();
  const method = useMeansName()(payment);
  const isOpen = payment.status === "unconfirmed" && reversal === null;
  return (
    <Tappable className={classes.row ?? ""} tap={tap && (() => tap(payment))}>
      <span className={classes.words} data-reversed={reversal !== null}>
        <span className="name">{isOpen ? t("payment.unconfirmed", { method }) : method}</span>
        {payment.reference && <small className="name">{payment.reference}</small>}
        {reversal !== null && <em className="name">{t("payment.reversed", { reason: reversal.reason ?? "" })}</em>}
      </span>
      <span className="money" data-reversed={reversal !== null}>
        {rupiah(payment.tendered)}
      </span>
      {tap !== undefined && <IconChevronRight size={18} aria-hidden />}
    </Tappable>
  );
}

function RefundRow({ refund, tap }: { refund: Refund; tap: Taps["refund"] }) {
  const t = useText();
  return (
    <Tappable className={classes.row ?? ""} tap={tap && (() => tap(refund))}>
      <span className={classes.words}>
        <span className="name">{t("refund.named", { number: shortNumber(refund.refund_number) })}</span>
        <small className="name">{refund.reason}</small>
      </span>
      <span className="money">{rupiah(-refund.total)}</span>
      {tap !== undefined && <IconChevronRight size={18} aria-hidden />}
    </Tappable>
  );
}
