import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconDots, IconPlus } from "@tabler/icons-react";
import { type Changes, sendToKitchen } from "../api/commands";
import type { Order } from "../api/orders";
import { useOnline } from "../api/reach";
import { useMay } from "../me";
import { useSince } from "../parts/hooks";
import { useGo } from "../parts/layers";
import type { OrderType } from "../state/cart";
import { addTo, carts } from "../state/carts";
import { pieces, unsent } from "../state/sent";
import { useText } from "../text";
import classes from "./order-foot.module.css";

interface Props {
  order: Order;
  changes: Changes;
  /** Asks which course is sent. */
  chooseCourse: () => void;
  more: () => void;
}

/** What is done with an open order all the time: add, send, pay. */
export function OrderFoot({ order, changes, chooseCourse, more }: Props) {
  const t = useText();
  const go = useGo();
  const online = useOnline();
  const maySell = useMay("sell");
  const mayPay = useMay("take_payment");
  const slow = useSince(changes.isRunning, 400);
  const lines = unsent(order.lines);
  const waiting = pieces(lines);
  const hasCourses = lines.some(({ course }) => course);
  const add = () => {
    carts.update((all) =>
      addTo(
        all,
        {
          orderId: order.id,
          number: order.order_number,
          orderType: order.order_type as OrderType,
          channel: order.channel ?? null,
          table: order.table_number ?? null,
          customer: order.customer_name ?? null,
        },
        Date.now(),
      ),
    );
    go("/");
  };
  return (
    <footer className={classes.foot}>
      {!online && <p>{t("away.order")}</p>}
      {maySell && (
        <div className={classes.row}>
          <Button
            variant="default"
            size="lg"
            leftSection={<IconPlus size={20} aria-hidden />}
            disabled={!online}
            onClick={add}
          >
            {t("order.add")}
          </Button>
          <Button
            variant={mayPay ? "default" : "filled"}
            size="lg"
            className={classes.send ?? ""}
            disabled={!online || waiting === 0 || changes.isRunning}
            onClick={hasCourses ? chooseCourse : () => void changes.run(sendToKitchen)}
          >
            {slow ? t("saving") : waiting === 0 ? t("order.sent") : <Send count={waiting} />}
          </Button>
          <Button
            variant="default"
            size="lg"
            className={classes.more ?? ""}
            aria-label={t("order.more")}
            title={t("order.more")}
            disabled={!online}
            onClick={more}
          >
            <IconDots size={24} aria-hidden />
          </Button>
        </div>
      )}
      {mayPay && (
        <Button
          className={classes.pay ?? ""}
          fullWidth
          disabled={!online || changes.isRunning}
          onClick={() => go(`/orders/${order.id}/pay`)}
        >
          {t("pay.amount", { amount: rupiah(order.total - order.paid) })}
        </Button>
      )}
    </footer>
  );
}

function Send({ count }: { count: number }) {
  const t = useText();
  return (
    <span className={classes.words}>
      <span>{t("order.send")}</span> <small>{t("cart.pieces", { count })}</small>
    </span>
  );
}
