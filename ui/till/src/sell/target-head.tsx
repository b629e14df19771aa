import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { shortNumber } from "../orders/number";
import { useWay } from "../orders/way";
import { useGo } from "../parts/layers";
import type { Cart, Target } from "../state/cart";
import { carts, detach } from "../state/carts";
import { useText } from "../text";
import classes from "./target-head.module.css";

interface Props {
  cart: Cart;
  target: Target;
  disabled: boolean;
}

/** The order that the cart's lines are added to; leads back to it. */
export function TargetHead({ cart, target, disabled }: Props) {
  const t = useText();
  const go = useGo();
  const way = useWay();
  const table = cart.table === null ? null : t("table.named", { name: cart.table });
  return (
    <div className={classes.head}>
      <button type="button" className={classes.order} onClick={() => go(`/orders/${target.orderId}`)}>
        <span className={classes.title}>{t("target", { number: shortNumber(target.number) })}</span>
        <span className={classes.rest}>
          {[table, cart.customer].filter(Boolean).join(" · ") ||
            way({ order_type: cart.orderType, channel: cart.channel })}
        </span>
      </button>
      <ActionIcon
        variant="subtle"
        size={44}
        aria-label={t("target.detach")}
        title={t("target.detach")}
        disabled={disabled}
        onClick={() => carts.update(detach)}
      >
        <IconX size={22} aria-hidden />
      </ActionIcon>
    </div>
  );
}
