import { Button } from "@mantine/core";
import { rupiah } from "@shared/money";
import { IconChevronUp } from "@tabler/icons-react";
import { useMay } from "../me";
import { shortNumber } from "../orders/number";
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
  const count = pieces(sale.cart);
  const { target } = sale.cart;
  let content = t("cart.pieces", { count });
  if (target !== null) content = t("target.pieces", { number: shortNumber(target.number), count });
  else if (empty && held > 0) content = t("held.count", { count: held });
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
      {target !== null ? (
        <Button className={classes.pay ?? ""} size="lg" disabled={!sale.canPay} onClick={() => void sale.later()}>
          {t("target.add.short")}
        </Button>
      ) : mayPay ? (
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
