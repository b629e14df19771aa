import { IconMinus, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { Keypad } from "../parts/keypad";
import { useKeys } from "../parts/keys";
import { MAX_QTY } from "../state/cart";
import { type Key, keyOf, type Pad, press, suggested, value } from "../state/keypad";
import { useText } from "../text";
import classes from "./quantity.module.css";

interface Props {
  qty: number;
  change: (qty: number) => void;
  least: 0 | 1;
  most?: number;
  /** What is counted. Default: pieces. */
  label?: string;
}

const DIGITS = String(MAX_QTY).length;

/** A quantity: more, fewer, or typed. Digits replace what is there, on the pad and on a keyboard. */
export function Quantity({ qty, change, least, most = MAX_QTY, label }: Props) {
  const t = useText();
  const [pad, setPad] = useState<Pad>(suggested(qty));
  const [opened, setOpened] = useState(false);
  const set = (next: Pad, number = value(next)) => {
    setPad(next);
    change(Math.min(most, Math.max(least, number)));
  };
  const tap = (key: Key) => set(press(pad, key, DIGITS));
  useKeys((name) => {
    const key = keyOf(name);
    if (key === null) return false;
    tap(key);
    return true;
  });
  const step = (by: number) => {
    const next = Math.min(most, Math.max(least, qty + by));
    set(suggested(next), next);
  };
  return (
    <>
      {opened && (
        <div className={classes.pad}>
          <Keypad press={tap} />
        </div>
      )}
      <fieldset className={classes.quantity} aria-label={label ?? t("quantity")}>
        <button type="button" aria-label={t("quantity.fewer")} disabled={qty <= least} onClick={() => step(-1)}>
          <IconMinus size={22} aria-hidden />
        </button>
        <button
          type="button"
          className={classes.number}
          aria-label={t("quantity.type", { qty })}
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        >
          {qty}
        </button>
        <button type="button" aria-label={t("quantity.more")} disabled={qty >= most} onClick={() => step(1)}>
          <IconPlus size={22} aria-hidden />
        </button>
      </fieldset>
    </>
  );
}
