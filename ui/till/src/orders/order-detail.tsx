import { Button } from "@mantine/core";
import { ErrorNote } from "@shared/parts/error-note";
import { useTime } from "@shared/time";
import { IconArrowLeft } from "@tabler/icons-react";
import { useState } from "react";
import { useSearch } from "wouter";
import { type Order, useOrder } from "../api/orders";
import { useOnline } from "../api/reach";
import { useMay } from "../me";
import { useWide } from "../parts/hooks";
import { useGo } from "../parts/layers";
import { useText, useWord } from "../text";
import classes from "./order-detail.module.css";
import { OrderLines } from "./order-lines";
import { Status } from "./status";
import { VoidSheet } from "./void-sheet";

/** One order, with what can be done with it. */
export function OrderDetail({ id }: { id: string }) {
  const query = useOrder(id);
  const t = useText();
  const go = useGo();
  const wide = useWide();
  const search = useSearch();
  return (
    <div className={classes.detail}>
      {!wide && (
        <Button
          variant="subtle"
          className={classes.back ?? ""}
          leftSection={<IconArrowLeft size={22} aria-hidden />}
          onClick={() => go(search === "" ? "/orders" : `/orders?${search}`)}
        >
          {t("orders")}
        </Button>
      )}
      {query.data === undefined && query.error !== null && (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data !== undefined && <Detail order={query.data} />}
    </div>
  );
}

function Detail({ order }: { order: Order }) {
  const t = useText();
  const word = useWord();
  const time = useTime();
  const go = useGo();
  const online = useOnline();
  const mayPay = useMay("take_payment");
  const maySell = useMay("sell");
  const [voiding, setVoiding] = useState(false);
  const open = order.status === "open";
  const table = order.table_number ? t("table.named", { name: order.table_number }) : null;
  return (
    <>
      <header className={classes.head}>
        <div>
          <h1>{order.order_number}</h1>
          <Status status={order.status} partly={order.paid > 0} />
        </div>
        <p className="name">
          {[word(`type.${order.order_type}`), table, order.customer_name].filter(Boolean).join(" · ")}
        </p>
        <p>{time.moment(order.created_at)}</p>
        {order.void_reason && <p className="name">{t("void.because", { reason: order.void_reason })}</p>}
      </header>
      <div className={classes.lines}>
        <OrderLines order={order} />
      </div>
      {open && (maySell || mayPay) && (
        <footer className={classes.foot}>
          {!online && <p>{t("away.pay")}</p>}
          {order.paid > 0 && <p>{t("void.has_payments")}</p>}
          <div>
            {maySell && (
              <Button
                variant="outline"
                color="bad"
                size="lg"
                disabled={!online || order.paid > 0}
                onClick={() => setVoiding(true)}
              >
                {t("void")}
              </Button>
            )}
            {mayPay && (
              <Button className={classes.pay ?? ""} disabled={!online} onClick={() => go(`/orders/${order.id}/pay`)}>
                {t("pay")}
              </Button>
            )}
          </div>
        </footer>
      )}
      <VoidSheet order={order} opened={voiding && open} close={() => setVoiding(false)} />
    </>
  );
}
