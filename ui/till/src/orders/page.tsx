import { Empty } from "@shared/parts/empty";
import { IconReceipt } from "@tabler/icons-react";
import { useWide } from "../parts/hooks";
import { useText } from "../text";
import { OrderDetail } from "./order-detail";
import { OrderList } from "./order-list";
import classes from "./page.module.css";

/** Orders at the left, the chosen one at the right; on phones one after the other. A phone that is turned keeps what is open. */
export function OrdersPage({ id }: { id: string | null }) {
  const t = useText();
  const wide = useWide();
  return (
    <main className={classes.page}>
      {(wide || id === null) && <OrderList chosen={id} />}
      {(wide || id !== null) && (
        <section className={classes.detail} aria-label={t("order")}>
          {id === null ? (
            <Empty title={t("orders.choose")} icon={<IconReceipt size={40} stroke={1.5} aria-hidden />} />
          ) : (
            <OrderDetail key={id} id={id} />
          )}
        </section>
      )}
    </main>
  );
}
