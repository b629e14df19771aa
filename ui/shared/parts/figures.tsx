import type { ReactNode } from "react";
import classes from "./figures.module.css";

/** Cards with one figure each, as many beside each other as fit. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={classes.cards}>{children}</dl>;
}

interface Props {
  label: string;
  value: ReactNode;
  /** What to compare the figure with, or what it means. */
  note?: ReactNode;
  tone?: "bad" | "wait";
}

export function Figure({ label, value, note, tone }: Props) {
  return (
    <div className={classes.card} data-tone={tone}>
      <dt>{label}</dt>
      <dd className={classes.value}>
        <span>{value}</span>
      </dd>
      {note !== undefined && note !== null && <dd className={classes.note}>{note}</dd>}
    </div>
  );
}
