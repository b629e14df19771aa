import { grouped } from "@shared/money";
import { Sheet } from "../parts/sheet";
import { equalParts } from "../state/tender";
import { useText } from "../text";
import classes from "./split-sheet.module.css";

const COUNTS = [2, 3, 4, 5, 6, 7, 8, 9, 10];

interface Props {
  opened: boolean;
  close: () => void;
  due: number;
  /** Of cash rounding. */
  step: number;
  choose: (count: number) => void;
}

/** Equal parts of what is due; they sum to the rupiah. */
export default function SplitSheet({ opened, close, due, step, choose }: Props) {
  const t = useText();
  return (
    <Sheet opened={opened} close={close} title={t("split.title")}>
      <div className={classes.counts}>
        <button type="button" onClick={() => choose(1)}>
          <span>{t("split.none")}</span>
          <small>{grouped(due)}</small>
        </button>
        {COUNTS.filter((count) => count * Math.max(1, step) <= due).map((count) => (
          <button key={count} type="button" onClick={() => choose(count)}>
            <span>{t("split.people", { count })}</span>
            <small>{grouped(equalParts(due, count, step)[0] ?? 0)}</small>
          </button>
        ))}
      </div>
    </Sheet>
  );
}
