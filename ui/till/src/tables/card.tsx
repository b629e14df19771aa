import { rupiah } from "@shared/money";
import { type CSSProperties, useRef } from "react";
import { minutesSince, type Place } from "../state/floor";
import { useText } from "../text";
import classes from "./card.module.css";

/** How long a finger stays before it means something else than a tap, in milliseconds. */
const LONG_PRESS_MS = 500;

interface Props {
  place: Place;
  time: number;
  /** The cart is for this table. */
  isCurrent: boolean;
  open: () => void;
  /** A long press, or the menu key. */
  hold: () => void;
  /** It can be chosen now; without it, it is shown only. */
  disabled?: boolean;
  /** It is the table that something is moved from. */
  isSource?: boolean;
  /** Its place on the plan. */
  style?: CSSProperties;
}

/** A table: its name, whether it is free, and since when and for how much it is taken. */
export function Card({ place, time, isCurrent, open, hold, disabled = false, isSource = false, style }: Props) {
  const t = useText();
  const { table, orders, since, due } = place;
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; held: boolean } | null>(null);
  const minutes = since === null ? null : minutesSince(since, time);
  const taken = place.hasBill
    ? t("table.bill")
    : orders.length > 1
      ? t("table.orders", { count: orders.length })
      : t("table.taken");
  const state = since !== null ? taken : isCurrent ? t("table.in_cart") : t("table.free");
  const duration =
    minutes === null
      ? null
      : minutes < 60
        ? t("table.minutes", { minutes })
        : t("table.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  const end = () => {
    if (press.current !== null) clearTimeout(press.current.timer);
  };
  return (
    <button
      type="button"
      className={style === undefined ? classes.card : classes.placed}
      data-taken={since !== null}
      data-bill={place.hasBill}
      data-source={isSource}
      data-shape={table.box?.shape}
      disabled={disabled}
      style={style}
      onPointerDown={() => {
        end();
        const one = {
          held: false,
          timer: setTimeout(() => {
            one.held = true;
            hold();
          }, LONG_PRESS_MS),
        };
        press.current = one;
      }}
      onPointerUp={end}
      onPointerLeave={end}
      onPointerCancel={end}
      onContextMenu={(event) => {
        event.preventDefault();
        if (press.current?.held) return;
        end();
        hold();
      }}
      onClick={() => {
        // The finger that held it has done its work.
        if (!press.current?.held) open();
        press.current = null;
      }}
    >
      <span className={classes.top}>
        <span className={classes.name}>{table.name}</span>
        <span className={classes.state}>{state}</span>
      </span>
      {since === null ? (
        <span className={classes.detail}>{table.seats === null ? "" : t("table.seats", { seats: table.seats })}</span>
      ) : (
        <>
          <span className={classes.amount}>{rupiah(due)}</span>
          <span className={classes.detail}>{duration}</span>
        </>
      )}
    </button>
  );
}
