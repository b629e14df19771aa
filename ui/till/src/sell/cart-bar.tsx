import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconChevronUp } from "@tabler/icons-react";
import { useMay } from "../me";
import { isEmpty, pieces } from "../state/cart";
import { carts } from "../state/carts";
import { usePart } from "../state/store";
import { useText } from "../text";
import classes from "./cart-bar.module.css";
import type { Sale } from "./sale";

/** The cart on a phone: what is in it, and the way to pay. */
export function CartBar({ sale, open }: { sale: Sale; open: () => void }) {
  const t = useText();
  const mayPay = useMay("take_payment");
  const held = usePart(carts, (all) => all.held.length);
  const empty = isEmpty(sale.cart);
  const content = empty && held > 0 ? t("held.count", { count: held }) : t("cart.pieces", { count: pieces(sale.cart) });
  const total = rupiah(sale.totals.shown);
  return (
    <div className={classes.bar}>
      <button
        type="button"
        className={classes.cart}
        onClick={open}
        aria-label={`${t("cart.open")}: ${content} ${total}`}
      >
        <IconChevronUp size={20} aria-hidden />
        <span className={classes.words}>
          <span className={classes.count}>{content}</span> <span className={classes.total}>{total}</span>
        </span>
      </button>
      {mayPay ? (
        <Button className={classes.pay ?? ""} size="lg" disabled={!sale.canPay} onClick={sale.pay}>
          {t("pay")}
        </Button>
      ) : (
        <Button className={classes.pay ?? ""} size="lg" disabled={empty} onClick={open}>
          {t("cart.review")}
        </Button>
      )}
    </div>
  );
}
