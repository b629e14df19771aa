import { grouped, rupiah } from "@shared/money";
import { weightText } from "@shared/quantity";
import { useEffect, useRef } from "react";
import { amountOf, type Cart, type CartLine, pieces } from "../state/cart";
import { useText } from "../text";
import classes from "./cart-lines.module.css";
import { ask, choicesText } from "./selling";

interface Props {
  cart: Cart;
  /** New prices by line. */
  changed: Map<string, number>;
  disabled: boolean;
}

/** The lines of the cart. A tap on one opens its quantity, choices and note. */
export function CartLines({ cart, changed, disabled }: Props) {
  const t = useText();
  const list = useRef<HTMLUListElement>(null);
  const known = useRef(new Map<string, number>());
  useEffect(() => {
    const line = cart.lines.find(({ id, qty }) => (known.current.get(id) ?? 0) < qty);
    known.current = new Map(cart.lines.map(({ id, qty }) => [id, qty]));
    if (line !== undefined) {
      list.current?.querySelector(`[data-line="${CSS.escape(line.id)}"]`)?.scrollIntoView({ block: "nearest" });
    }
  }, [cart.lines]);
  return (
    <>
      <ul ref={list} className={classes.lines}>
        {cart.lines.map((line) => (
          <Line key={line.id} line={line} newPrice={changed.get(line.id)} disabled={disabled} />
        ))}
      </ul>
      <span className={classes.spoken} role="status">
        {t("cart.spoken", { count: pieces(cart) })}
      </span>
    </>
  );
}

function Line({ line, newPrice, disabled }: { line: CartLine; newPrice: number | undefined; disabled: boolean }) {
  const t = useText();
  const choices = choicesText(line.variantName, line.modifiers);
  return (
    <li data-line={line.id}>
      <button
        type="button"
        className={classes.line}
        disabled={disabled}
        onClick={() => ask({ kind: "line", lineId: line.id })}
      >
        <span className={classes.qty}>{line.unit === undefined ? line.qty : 1}</span>
        <span className={classes.words}>
          <span className={classes.name}>{line.name}</span>
          {line.unit !== undefined && (
            <span className={classes.detail}>
              {t("line.weight", { weight: weightText(line.qty, line.unit), price: grouped(line.price) })}
            </span>
          )}
          {choices !== "" && <span className={classes.detail}>{choices}</span>}
          {line.note !== "" && <span className={classes.detail}>{line.note}</span>}
          {newPrice !== undefined && (
            <span className={classes.price}>
              {t("line.price", { old: grouped(line.price), now: grouped(newPrice) })}
            </span>
          )}
        </span>
        <span className={classes.amount}>{rupiah(amountOf(line))}</span>
      </button>
    </li>
  );
}
