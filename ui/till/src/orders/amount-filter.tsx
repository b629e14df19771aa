import { AmountInput } from "@shared/parts/fields";
import { useText } from "../text";
import classes from "./amount-filter.module.css";

interface Props {
  least: number | null;
  most: number | null;
  set: (name: "min" | "max", value: string) => void;
}

/** Totals from and to. */
export function AmountFilter({ least, most, set }: Props) {
  const t = useText();
  const text = (amount: number | null) => (amount === null ? "" : String(amount));
  return (
    <div className={classes.amounts}>
      <AmountInput label={t("orders.least")} value={least} maxLength={15} onChange={(next) => set("min", text(next))} />
      <AmountInput label={t("orders.most")} value={most} maxLength={15} onChange={(next) => set("max", text(next))} />
    </div>
  );
}
