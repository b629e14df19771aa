import { Empty } from "@shared/parts/empty";
import { ErrorNote } from "@shared/parts/error-note";
import { Sheet } from "@shared/parts/sheet";
import { quantityText } from "@shared/quantity";
import clsx from "clsx";
import { useAllDay } from "./api";
import type { Place } from "./device";
import classes from "./list.module.css";
import { useText, useWord } from "./text";

/** How many of each product the board has to make. */
export function AllDaySheet({ place, close }: { place: Place; close: () => void }) {
  const t = useText();
  const word = useWord();
  const counts = useAllDay(place);
  return (
    <Sheet opened close={close} title={t("all_day")}>
      {counts.error !== null && <ErrorNote error={counts.error} retry={() => void counts.refetch()} />}
      {counts.data?.length === 0 && <Empty title={t("all_day.empty")} />}
      <ul className={classes.list}>
        {counts.data?.map((count) => (
          <li key={`${count.station} ${count.product_id} ${count.variant_id} ${count.name}`} className={classes.row}>
            <span className={clsx(classes.figure, "figures")}>{quantityText(count)}</span>
            <span className={clsx(classes.name, "name")}>
              {count.name}
              {count.variant_name != null && ` · ${count.variant_name}`}
            </span>
            {place === "all" && <span className={classes.muted}>{word(`station.${count.station}`)}</span>}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
