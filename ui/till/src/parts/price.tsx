import { grouped } from "@shared/money";
import classes from "./price.module.css";

/** An amount where space is scarce: phones do not show "Rp", but say it. */
export function Price({ amount }: { amount: number }) {
  return (
    <span className={classes.price}>
      <span className={classes.unit}>{"Rp\u00a0"}</span>
      {grouped(amount)}
    </span>
  );
}
