import { IconAlertTriangle, IconHelpCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Numbered } from "./numbered";
import classes from "./reasons.module.css";

interface Reason {
  code: string;
  message: string;
}

interface Props<Found extends Reason> {
  reasons: readonly Found[];
  /** The sentence about it, which says what to do. */
  text?: (reason: Found) => string;
  /** A link to where it is mended. */
  link: (code: string) => ReactNode;
  /** Checks that could not be made. */
  isUnknown?: boolean;
}

/** What needs attention, as a list. */
export function Reasons<Found extends Reason>({ reasons, text, link, isUnknown = false }: Props<Found>) {
  const Icon = isUnknown ? IconHelpCircle : IconAlertTriangle;
  return (
    <ul className={classes.reasons}>
      {reasons.map((reason) => (
        <li key={`${reason.code} ${reason.message}`} data-unknown={isUnknown}>
          <Icon size={20} aria-hidden />
          <div className="name">
            <Numbered>{text?.(reason) ?? reason.message}</Numbered>
          </div>
          {link(reason.code)}
        </li>
      ))}
    </ul>
  );
}
