import { quantityText } from "@shared/quantity";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { OrderLine } from "../api/commands";
import { choicesText } from "../sell/selling";
import { useText } from "../text";
import classes from "./piece-row.module.css";

interface Props {
  line: OrderLine;
  /** How much of it is chosen, in the line's scale. */
  chosen: number;
  /** Whether more of it can be chosen. */
  hasMore: boolean;
  /** Under the name. */
  note: string;
  more: () => void;
  fewer: () => void;
  /** Under the row. */
  children?: ReactNode;
}

/** A line of an order, of which pieces are chosen: a tap on the name is one more. */
export function PieceRow({ line, chosen, hasMore, note, more, fewer, children }: Props) {
  const t = useText();
  const choices = choicesText(line.variant_name, line.modifiers);
  return (
    <li className={classes.row} data-chosen={chosen > 0}>
      <button type="button" className={classes.name} disabled={!hasMore} onClick={more}>
        <span className="name">{line.name}</span>
        {choices !== "" && <small className="name">{choices}</small>}
        <small>{note}</small>
      </button>
      <button
        type="button"
        className={classes.step}
        aria-label={t("bill.fewer", { name: line.name })}
        disabled={chosen === 0}
        onClick={fewer}
      >
        <IconMinus size={22} aria-hidden />
      </button>
      <output className={classes.chosen}>{quantityText({ ...line, qty: chosen })}</output>
      <button
        type="button"
        className={classes.step}
        aria-label={t("bill.more", { name: line.name })}
        disabled={!hasMore}
        onClick={more}
      >
        <IconPlus size={22} aria-hidden />
      </button>
      {children !== undefined && <div className={classes.under}>{children}</div>}
    </li>
  );
}
