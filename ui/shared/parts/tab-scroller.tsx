import { useViewportSize } from "@mantine/hooks";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./tab-scroller.module.css";

/** A row of tabs that scrolls to the side where it is too long. The current tab is in sight. */
export function TabScroller({ current, children }: { current: string; children: ReactNode }) {
  const row = useRef<HTMLDivElement>(null);
  const { width } = useViewportSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab, or another width.
  useEffect(() => {
    row.current?.querySelector("[aria-current=page], [data-active]")?.scrollIntoView({
      block: "nearest",
      inline: "center",
    });
  }, [current, width]);
  return (
    <div ref={row} className={classes.row}>
      {children}
    </div>
  );
}
