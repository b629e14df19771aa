import { rupiah } from "@shared/money";
import { type Pad, value } from "../state/keypad";
import type { Method, Plan } from "../state/tender";
import { useText } from "../text";
import classes from "./figures.module.css";

/** From here on phones need smaller figures. */
const LONG = 1_000_000;
/** From here on all screens do. */
const HUGE = 100_000_000;

interface Props {
  plan: Plan | null;
  /** What settles by this method. */
  whole: number;
  method: Method;
  pad: Pad;
  /** Equal parts that are left. */
  parts: number;
}

/** What is due, and what the guest hands over, with the change or what is missing. */
export function Figures({ plan, whole, method, pad, parts }: Props) {
  const t = useText();
  const amount = value(pad);
  const change = method === "cash" ? Math.max(0, amount - whole) : 0;
  const missing = Math.max(0, whole - amount);
  const rounding = whole - (plan?.due ?? whole);
  return (
    <div
      className={classes.figures}
      data-long={Math.max(amount, whole) >= LONG}
      data-huge={Math.max(amount, whole) >= HUGE}
    >
      <div>
        <span>{plan !== null && plan.paid > 0 ? t("pay.rest") : t("pay.due")}</span>
        <strong>{plan === null ? t("counting") : rupiah(whole)}</strong>
        <small>
          {rounding !== 0 && t("pay.rounded", { amount: rupiah(rounding) })}
          {parts > 1 && ` ${t("split.left", { count: parts })}`}
        </small>
      </div>
      <div className={classes.tendered} data-fresh={pad.fresh}>
        <span>{t("pay.tendered")}</span>
        <strong>{rupiah(amount)}</strong>
        <small aria-live="polite">
          {change > 0 && `${t("change")} ${rupiah(change)}`}
          {missing > 0 && amount > 0 && t("pay.left", { amount: rupiah(missing) })}
        </small>
      </div>
    </div>
  );
}
