import { quickCash } from "@shared/money";
import { Price } from "../parts/price";
import { useText } from "../text";
import classes from "./quick.module.css";

/** From here on phones show two amounts beside each other instead of four. */
const LONG = 1_000_000;

interface Props {
  /** What is asked for now. */
  due: number;
  disabled: boolean;
  take: (amount: number) => void;
}

/** Cash in one tap: exactly, or an amount that the guest is likely to hand over. */
export function Quick({ due, disabled, take }: Props) {
  const t = useText();
  return (
    <div className={classes.quick} data-long={due >= LONG}>
      <button type="button" disabled={disabled || due === 0} onClick={() => take(due)}>
        <span>{t("pay.exact")}</span>{" "}
        <small>
          <Price amount={due} />
        </small>
      </button>
      {quickCash(due).map((sum) => (
        <button key={sum} type="button" disabled={disabled} onClick={() => take(sum)}>
          <Price amount={sum} />
        </button>
      ))}
    </div>
  );
}
