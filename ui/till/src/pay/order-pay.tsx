import { ErrorNote } from "@shared/parts/error-note";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { v7 } from "uuid";
import { useSearch } from "wouter";
import { intents, type Order, useOrder, waiting } from "../api/orders";
import { useOnline } from "../api/reach";
import { failures, orderSubject, repeat, sendPayment } from "../api/sale";
import { shownOrder } from "../display/followed";
import { shortNumber } from "../orders/number";
import { OrderLines } from "../orders/order-lines";
import { useSince } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { changedTotal, TotalChangedSheet } from "../sell/total-changed";
import { Waiting } from "../sell/waiting";
import { PayProblem } from "../shift/required";
import { carts } from "../state/carts";
import { usePart } from "../state/store";
import { plan, type Tender } from "../state/tender";
import { useText } from "../text";
import { PayView } from "./pay-view";
import { useRounding } from "./rounding";
import classes from "./summary.module.css";

/** Takes the money for an order that is at the server. Each payment is recorded at once. */
export function OrderPayPage({ id }: { id: string }) {
  const query = useOrder(id);
  if (query.data !== undefined) return <Pay order={query.data} />;
  return <main>{query.error !== null && <ErrorNote error={query.error} retry={() => void query.refetch()} />}</main>;
}

function Pay({ order }: { order: Order }) {
  const t = useText();
  const go = useGo();
  const queries = useQueryClient();
  const rounding = useRounding();
  const online = useOnline();
  const subject = orderSubject(order.id);
  const failure = usePart(failures, (all) => all[subject]);
  const isWaiting = usePart(waiting, (list) => list.some((intent) => intent.subject === subject));
  const [running, setRunning] = useState(false);
  /** Key of the next payment: it exists before the first tap. */
  const key = useRef(v7());
  const isOpen = order.status === "open";
  const isDeposit = new URLSearchParams(useSearch()).has("deposit");
  useEffect(() => {
    shownOrder.set(order);
    return () => shownOrder.set(null);
  }, [order]);
  useEffect(() => {
    if (isOpen) return;
    // Settled here: the done screen. Settled elsewhere: the order says by whom.
    const mine = carts.get().done?.orderId === order.id;
    go(mine ? "/" : `/orders/${order.id}`, true);
  }, [isOpen, order.id, go]);

  const during = async (work: () => Promise<boolean>) => {
    setRunning(true);
    const isTaken = await work();
    if (!waiting.get().some((intent) => intent.subject === subject)) key.current = v7();
    setRunning(false);
    // A deposit of all that is due has settled the order: the done screen follows.
    if (isTaken && isDeposit && carts.get().done?.orderId !== order.id) go(`/orders/${order.id}`, true);
  };
  const take = (tender: Tender) => {
    void during(() => sendPayment(order, tender, key.current, queries));
  };
  const isSending = running || intents.isRunning(subject);
  const long = useSince(isSending, 2_000);
  const again = { isSending, stop: () => intents.stop(subject), repeat: () => during(() => repeat(subject, queries)) };
  let blocked = null;
  if (isWaiting && (!isSending || long)) blocked = <Waiting sale={again} />;
  else if (!online) blocked = <p className={classes.words}>{t("away.pay")}</p>;
  const shownFailure = failure !== undefined && changedTotal(failure) === null && !isWaiting ? failure : undefined;
  return (
    <>
      <PayView
        title={
          isDeposit
            ? t("deposit.title", { number: shortNumber(order.order_number) })
            : t("pay.order", { number: order.order_number })
        }
        isDeposit={isDeposit}
        channel={order.channel}
        back={() => go(`/orders/${order.id}`)}
        plan={plan(order.total - order.paid, [], rounding)}
        rounding={rounding}
        take={take}
        isSending={isSending}
        blocked={blocked}
        problem={
          shownFailure === undefined ? null : <PayProblem error={shownFailure} back={`/orders/${order.id}/pay`} />
        }
        summary={<OrderLines order={order} />}
      />
      <TotalChangedSheet sale={{ failure, cart: { id: subject } }} />
    </>
  );
}
