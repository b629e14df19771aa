import { Button } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { useTime } from "@shared/time";
import { IconArrowLeft, IconPencil } from "@tabler/icons-react";
import { type ReactNode, Suspense, useState } from "react";
import { useSearch } from "wouter";
import { useChanges } from "../api/commands";
import { usePeople } from "../api/names";
import { type Order, useOrder } from "../api/orders";
import { useMay } from "../me";
import { Problem } from "../parts/act";
import { useWide } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { settling } from "../state/payments";
import { useText } from "../text";
import { shortNumber } from "./number";
import classes from "./order-detail.module.css";
import { OrderFoot } from "./order-foot";
import { OrderLines, type Taps } from "./order-lines";
import { RefundFoot } from "./refund-foot";
import { OrderSheet } from "./sheets";
import { isThere, type Shown } from "./shown";
import { Status } from "./status";
import { useWay } from "./way";

/** One order, with what can be done with it. */
export function OrderDetail({ id }: { id: string }) {
  const query = useOrder(id);
  const t = useText();
  const go = useGo();
  const wide = useWide();
  const search = useSearch();
  const back = !wide && (
    <Button
      variant="subtle"
      className={classes.back ?? ""}
      leftSection={<IconArrowLeft size={22} aria-hidden />}
      onClick={() => go(search === "" ? "/orders" : `/orders?${search}`)}
    >
      {t("orders")}
    </Button>
  );
  return (
    <div className={classes.detail}>
      {query.data === undefined && back}
      {query.data === undefined && query.error !== null && (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data !== undefined && <Detail order={query.data} back={back} />}
    </div>
  );
}

interface DetailProps {
  order: Order;
  /** On phones the way back to the list. */
  back: ReactNode;
}

function Detail({ order, back }: DetailProps) {
  const t = useText();
  const maySell = useMay("sell");
  const mayPay = useMay("take_payment");
  const changes = useChanges(order);
  const [shown, setShown] = useState<Shown | null>(null);
  const show = (next: Shown | null) => {
    changes.forget();
    setShown(next);
  };
  const open = order.status === "open";
  const taps: Taps = {
    ...(open && maySell
      ? {
          line: ({ id }) => show({ what: "line", id }),
          discount: ({ id }) => show({ what: "given", id }),
        }
      : {}),
    ...(mayPay && order.status !== "void" ? { payment: ({ id }) => show({ what: "payment", id }) } : {}),
    refund: ({ id }) => show({ what: "refunded", id }),
  };
  return (
    <>
      <Head order={order} back={back} edit={open && maySell ? () => show({ what: "info" }) : null} />
      {(shown === null || !isThere(order, shown)) && changes.error !== null && (
        <div className={classes.problem}>
          <Problem error={changes.error} safe={t("order.safe")} />
        </div>
      )}
      <div className={classes.lines}>
        <OrderLines order={order} taps={taps} />
      </div>
      {order.status === "paid" && maySell && (
        <RefundFoot
          refund={mayPay && order.paid > order.refunded ? () => show({ what: "refund" }) : null}
          print={() => show({ what: "print" })}
        />
      )}
      {open && (maySell || mayPay) && (
        <OrderFoot
          order={order}
          changes={changes}
          chooseCourse={() => show({ what: "send" })}
          more={() => show({ what: "more" })}
        />
      )}
      <Suspense>
        <OrderSheet order={order} changes={changes} shown={shown} show={show} />
      </Suspense>
    </>
  );
}

function Head({ order, back, edit }: DetailProps & { edit: (() => void) | null }) {
  const t = useText();
  const way = useWay();
  const time = useTime();
  const table = order.table_number ? t("table.named", { name: order.table_number }) : null;
  const queue = order.queue_no ? t("queue.named", { number: order.queue_no }) : null;
  const guests = order.pax ? t("guests.count", { count: order.pax }) : null;
  return (
    <header className={classes.head}>
      <div className={classes.title}>
        {back}
        <h1>{order.order_number}</h1>
        <Status status={order.status} partly={order.paid > 0} />
      </div>
      <div className={classes.about}>
        <div>
          <p className="name">{[queue, way(order), table, order.customer_name, guests].filter(Boolean).join(" · ")}</p>
          {order.note && <p className={classes.note}>{order.note}</p>}
          <p>{time.moment(order.created_at)}</p>
          <Settled order={order} />
          {order.void_reason && <p className="name">{t("void.because", { reason: order.void_reason })}</p>}
          <Related order={order} />
        </div>
        {edit !== null && (
          <Button variant="subtle" leftSection={<IconPencil size={20} aria-hidden />} onClick={edit}>
            {t("order.edit")}
          </Button>
        )}
      </div>
    </header>
  );
}

/** When it was paid, and who took the last payment. */
function Settled({ order }: { order: Order }) {
  const t = useText();
  const time = useTime();
  const people = usePeople();
  if (order.status !== "paid" || !order.paid_at) return null;
  const name = people.get(settling(order.payments, order.paid_at)?.cashier_id ?? "")?.name;
  const at = time.moment(order.paid_at);
  return <p className="name">{name === undefined ? t("order.paid_at", { at }) : t("order.paid_by", { at, name })}</p>;
}

/** The order that this one was merged into or split from. */
function Related({ order }: { order: Order }) {
  const t = useText();
  const go = useGo();
  const id = order.merged_into ?? order.split_from;
  const other = useOrder(id ?? order.id);
  if (!id) return null;
  const number = other.data === undefined ? "" : shortNumber(other.data.order_number);
  return (
    <Button variant="subtle" className={classes.related ?? ""} onClick={() => go(`/orders/${id}`)}>
      {t(order.merged_into ? "order.merged_into" : "order.split_from", { number })}
    </Button>
  );
}
