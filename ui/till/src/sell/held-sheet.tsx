import { ActionIcon } from "@mantine/core";
import { rupiah } from "@shared/money";
import { useTime } from "@shared/time";
import { IconTrash } from "@tabler/icons-react";
import { shortNumber } from "../orders/number";
import { Sheet } from "../parts/sheet";
import { linesTotal, pieces } from "../state/cart";
import { carts, drop, type HeldCart, resume } from "../state/carts";
import { usePart } from "../state/store";
import { useText } from "../text";
import classes from "./held-sheet.module.css";

interface Props {
  opened: boolean;
  close: () => void;
  isWaiting: boolean;
}

/** Carts on hold on this device. */
export function HeldSheet({ opened, close, isWaiting }: Props) {
  const t = useText();
  const held = usePart(carts, (all) => all.held);
  return (
    <Sheet opened={opened} close={close} title={t("held")}>
      <ul className={classes.list}>
        {held.map((one) => (
          <Held
            key={one.cart.id}
            held={one}
            disabled={isWaiting}
            take={() => {
              carts.update((all) => resume(all, one.cart.id, Date.now()));
              close();
            }}
          />
        ))}
      </ul>
    </Sheet>
  );
}

function Held({ held: { cart, at }, take, disabled }: { held: HeldCart; take: () => void; disabled: boolean }) {
  const t = useText();
  const time = useTime();
  const names = cart.lines.map((line) => line.name).join(", ");
  const order = cart.target === null ? null : t("target", { number: shortNumber(cart.target.number) });
  const table = cart.table === null ? null : t("table.named", { name: cart.table });
  const title = [order, table, cart.customer].filter((part) => part !== null).join(" · ");
  return (
    <li className={classes.held}>
      <button type="button" className={classes.take} disabled={disabled} onClick={take}>
        <span className={classes.words}>
          <span className={classes.title}>{title === "" ? names : title}</span>
          <span className={classes.names}>
            {t("held.since", { time: time.clock(at), count: pieces(cart) })}
            {title !== "" && ` · ${names}`}
          </span>
        </span>
        <span className={classes.amount}>{rupiah(linesTotal(cart))}</span>
      </button>
      <ActionIcon
        variant="subtle"
        size={48}
        aria-label={t("held.drop")}
        onClick={() => carts.update((all) => drop(all, cart.id, Date.now()))}
      >
        <IconTrash size={22} aria-hidden />
      </ActionIcon>
    </li>
  );
}
