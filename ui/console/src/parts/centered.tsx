import type { ReactNode } from "react";
import classes from "./centered.module.css";

/** A page with one thing in the middle. */
export function Centered({ children }: { children: ReactNode }) {
  return <main className={classes.page}>{children}</main>;
}
