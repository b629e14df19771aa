import { Button, SegmentedControl } from "@mantine/core";
import { grouped, rupiah } from "@shared/money";
import { DENOMINATIONS } from "@shared/shift";
import { IconArrowDown } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { Keypad } from "../parts/keypad";
import { useKeys } from "../parts/keys";
import { useCovered } from "../parts/layers";
import { EMPTY_PAD, type Key, keyOf, press, suggested, typed, value } from "../state/keypad";
import { useText } from "../text";
import classes from "./count.module.css";
import { counted, type Draft } from "./draft";

/** Most digits of pieces, and of an amount: below a billion rupiah. */
const PIECES = 5;
const AMOUNT = 9;

interface Props {
  draft: Draft;
  change: (change: Partial<Draft>) => void;
  locked: boolean;
  /** Enter after the last denomination. */
  enter: () => void;
}

/** Counts a drawer: how many pieces of each note and coin, or one sum. */
export function Count({ draft, change, locked, enter }: Props) {
  const t = useText();
  const covered = useCovered();
  const [at, setAt] = useState(0);
  /** Whether the next digit replaces the pieces of the chosen row. */
  const [fresh, setFresh] = useState(true);
  const rows = useRef<HTMLUListElement>(null);
  const inPieces = draft.mode === "pieces";
  const denomination = DENOMINATIONS[at] ?? DENOMINATIONS[0];

  const choose = (next: number) => {
    setAt(Math.min(Math.max(next, 0), DENOMINATIONS.length - 1));
    setFresh(true);
  };
  useEffect(() => {
    rows.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const tapPieces = (key: Key) => {
    const now = draft.pieces[denomination];
    const pad = now === undefined ? EMPTY_PAD : fresh ? suggested(now) : typed(now);
    const { [denomination]: _, ...others } = draft.pieces;
    const next = press(pad, key, PIECES);
    change({ pieces: next.digits === "" ? others : { ...others, [denomination]: value(next) } });
    setFresh(false);
  };
  const tapSum = (key: Key) => {
    const next = press(draft.sum === null ? EMPTY_PAD : typed(draft.sum), key, AMOUNT);
    change({ sum: next.digits === "" ? null : value(next) });
  };
  const tap = inPieces ? tapPieces : tapSum;
  const isLast = at === DENOMINATIONS.length - 1;
  useKeys((name) => {
    if (covered || locked) return false;
    const key = keyOf(name);
    if (key !== null) tap(key);
    else if (name === "Enter" && inPieces && !isLast) choose(at + 1);
    else if (name === "Enter") enter();
    else if (name === "ArrowDown" && inPieces) choose(at + 1);
    else if (name === "ArrowUp" && inPieces) choose(at - 1);
    else return false;
    return true;
  });

  return (
    <div className={classes.count} data-mode={draft.mode}>
      <div className={classes.counted}>
        <SegmentedControl
          fullWidth
          disabled={locked}
          aria-label={t("count.how")}
          value={draft.mode}
          onChange={(mode) => change({ mode: mode as Draft["mode"] })}
          data={[
            { value: "pieces", label: t("count.pieces") },
            { value: "sum", label: t("count.sum") },
          ]}
        />
        {inPieces ? (
          <ul className={classes.rows} ref={rows}>
            {DENOMINATIONS.map((each, index) => {
              const pieces = draft.pieces[each] ?? 0;
              return (
                <li key={each}>
                  <button type="button" aria-pressed={index === at} disabled={locked} onClick={() => choose(index)}>
                    <span className={classes.denomination}>{grouped(each)}</span>
                    <span className={classes.pieces}>{pieces === 0 ? "" : grouped(pieces)}</span>
                    <span className={classes.amount} data-empty={pieces === 0}>
                      {grouped(each * pieces)}
                    </span>
                  </button>
                </li>
              );
            })}
          </ul>
        ) : (
          <p className={classes.sum}>
            <span>{t("count.in_drawer")}</span>
            <output>{rupiah(draft.sum ?? 0)}</output>
          </p>
        )}
      </div>
      <div className={classes.pad}>
        <Keypad press={tap} amounts={!inPieces} disabled={locked} />
        {inPieces && (
          <Button
            variant="default"
            className={classes.next ?? ""}
            aria-label={t("count.next")}
            disabled={locked || isLast}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(at + 1)}
          >
            <IconArrowDown size={24} aria-hidden />
            <span className={classes.nextWords}>{t("count.next")}</span>
          </Button>
        )}
      </div>
    </div>
  );
}

/** The sum of a count, as it grows. */
export function Sum({ draft }: { draft: Draft }) {
  const t = useText();
  return (
    <p className={classes.total}>
      <span>{t("count.total")}</span>
      <output aria-live="off">{rupiah(counted(draft))}</output>
    </p>
  );
}
