import { useElementSize } from "@mantine/hooks";
import { extent } from "@shared/plan";
import type { CSSProperties, ReactNode } from "react";
import type { Place } from "../state/floor";
import { useText } from "../text";
import classes from "./plan.module.css";

/** Bounds of the side of a cell, in pixels. The smallest table has three cells on a side: a finger can hit it, and name and state have room. */
const CELL = { least: 22, most: 40 } as const;

interface Props {
  name: string | null;
  places: readonly Place[];
  card: (place: Place, style: CSSProperties) => ReactNode;
}

/** The plan of an area, as wide as the page; where tables would get too small for a finger, it scrolls. */
export function Plan({ name, places, card }: Props) {
  const t = useText();
  const { ref, width } = useElementSize();
  const boxes = places.flatMap(({ table }) => table.box ?? []);
  const { columns, rows } = extent(boxes);
  const cell = Math.min(CELL.most, Math.max(CELL.least, Math.floor(width / Math.max(1, columns))));
  return (
    <section className={classes.frame} aria-label={t("plan", { name: name ?? t("tables.area") })}>
      {/* Measured without the padding of the frame. */}
      <div ref={ref}>
        <div className={classes.plan} style={{ width: columns * cell, height: rows * cell }}>
          {places.map((place) => {
            const { box } = place.table;
            if (box === null) return null;
            return card(place, { left: box.x * cell, top: box.y * cell, width: box.w * cell, height: box.h * cell });
          })}
        </div>
      </div>
    </section>
  );
}
