import { useEffect, useRef } from "react";
import { keyOf, pressPin } from "../state/keypad";
import { useText } from "../text";
import { Keypad } from "./keypad";
import { useKeys } from "./keys";
import classes from "./pin-pad.module.css";

/** Longest PIN. */
const DIGITS = 8;

interface Props {
  pin: string;
  change: (pin: string) => void;
  enter: () => void;
  disabled?: boolean;
}

/** A PIN: dots, never digits, and a keypad. */
export function PinPad({ pin, change, enter, disabled = false }: Props) {
  const t = useText();
  const pad = useRef<HTMLElement>(null);
  // Keys go to the pad, not to the name that was tapped before.
  useEffect(() => pad.current?.focus({ preventScroll: true }), []);
  useKeys((name) => {
    if (disabled) return false;
    const key = keyOf(name);
    if (key !== null) change(pressPin(pin, key, DIGITS));
    else if (name === "Enter" && pin.length >= 4) enter();
    else return false;
    return true;
  });
  return (
    <section ref={pad} className={classes.pin} tabIndex={-1} aria-label={t("pin")}>
      <div className={classes.dots} role="img" aria-label={t("pin.typed", { count: pin.length })}>
        {Array.from({ length: Math.max(4, pin.length) }, (_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: dots are all alike
          <span key={at} data-filled={at < pin.length} />
        ))}
      </div>
      <Keypad press={(key) => change(pressPin(pin, key, DIGITS))} disabled={disabled} />
    </section>
  );
}
