import { Empty } from "@shared/parts/empty";
import { IconReceipt } from "@tabler/icons-react";
import { useState } from "react";
import { type Changes, mergeFrom } from "../api/commands";
import { type Order, useOpenOrders } from "../api/orders";
import { Act, Problem } from "../parts/act";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import classes from "./merge-sheet.module.css";
import { shortNumber } from "./number";
import { OrderChoice } from "./order-choice";

interface Props {
  order: Order;
  changes: Changes;
  close: () => void;
}

/** Merges other open orders into this one. Orders for which something is paid keep what was paid, so they are not offered. */
export function MergeSheet({ order, changes, close }: Props) {
  const t = useText();
  const open = useOpenOrders();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const others = (open.data ?? []).filter(({ id, paid }) => id !== order.id && paid === 0);
  const ids = others.map(({ id }) => id).filter((id) => chosen.has(id));
  const toggle = (id: string) =>
    setChosen((now) => (now.has(id) ? new Set([...now].filter((one) => one !== id)) : new Set([...now, id])));
  const act = async () => {
    if ((await changes.run(mergeFrom(ids))) !== null) close();
  };
  return (
    <Sheet
      opened
      close={close}
      title={t("order.merge.title", { number: shortNumber(order.order_number) })}
      foot={
        others.length > 0 && (
          <Act changes={changes} act={() => void act()} missing={ids.length === 0 ? t("order.merge.first") : null}>
            {t("order.merge.action", { count: ids.length })}
          </Act>
        )
      }
    >
      <Problem error={changes.error} safe={t("order.safe")} />
      {open.isSuccess && others.length === 0 ? (
        <Empty title={t("order.merge.none")} icon={<IconReceipt size={40} stroke={1.5} aria-hidden />} />
      ) : (
        <>
          <p className={classes.text}>{t("order.merge.text")}</p>
          <OrderChoice orders={others} chosen={chosen} choose={({ id }) => toggle(id)} disabled={changes.isRunning} />
        </>
      )}
    </Sheet>
  );
}
