import type { ComponentType } from "react";
import classes from "./action-list.module.css";

export interface Action {
  icon: ComponentType<{ size: number }>;
  text: string;
  /** Why it cannot be done now. */
  refusal?: string | null;
  danger?: boolean;
  act: () => void;
}

/** What can be done with a thing, one below the other. */
export function ActionList({ actions }: { actions: readonly Action[] }) {
  return (
    <ul className={classes.list}>
      {actions.map(({ icon: Icon, text, refusal = null, danger = false, act }) => (
        <li key={text}>
          <button type="button" data-danger={danger} disabled={refusal !== null} onClick={act}>
            <Icon size={24} />
            <span className={classes.words}>
              <span>{text}</span>
              {refusal !== null && <small>{refusal}</small>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
