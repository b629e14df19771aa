import type { ReactNode } from "react";
import { quantityText } from "../quantity";
import { useText } from "../text/provider";
import { Money } from "./money";
import classes from "./order-detail.module.css";

interface Item {
  id: string;
  name: string;
  qty: number;
  qty_scale: number;
}

interface Props<Row extends Item> {
  items: readonly Row[];
  amount: (item: Row) => number;
  /** Under the name. */
  notes?: (item: Row) => readonly ReactNode[];
  isVoid?: (item: Row) => boolean;
}

/** The goods of an order, or those that came back. */
export function Goods<Row extends Item>({ items, amount, notes, isVoid }: Props<Row>) {
  const t = useText();
  return (
    <table className={classes.lines}>
      <thead>
        <tr>
          <th scope="col" className={classes.qty}>
            {t("goods.qty")}
          </th>
          <th scope="col">{t("goods.item")}</th>
          <th scope="col" className={classes.figure}>
            {t("figures.amount")}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id}>
            <td className={classes.qty}>{quantityText(item)}</td>
            <td>
              <span className="name" data-void={isVoid?.(item) ?? false}>
                {item.name}
              </span>
              {notes?.(item)}
            </td>
            <td className={classes.figure}>
              <Money amount={amount(item)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
