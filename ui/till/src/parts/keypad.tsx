import { IconBackspace } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Key } from "../state/keypad";
import { useText } from "../text";
import classes from "./keypad.module.css";

interface Props {
  press: (key: Key) => void;
  /** Amounts have many zeros: 00 and 000 stand in a column of their own. */
  amounts?: boolean;
  disabled?: boolean;
}

const PLAIN: Key[] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "back"];
const AMOUNTS: Key[] = ["1", "2", "3", "back", "4", "5", "6", "clear", "7", "8", "9", "00", "0", "000"];

/** Keeps the focus where it is: Enter on a keyboard must not press the digit that was tapped last. */
const keepFocus = (event: React.MouseEvent) => event.preventDefault();

/** A keypad as on card terminals, 1-2-3 on top. Keys of a keyboard do the same, see `useKeys` of its owner. */
export function Keypad({ press, amounts = false, disabled = false }: Props) {
  const t = useText();
  const signs: Partial<Record<Key, { sign: ReactNode; name: string }>> = {
    back: { sign: <IconBackspace aria-hidden size={28} />, name: t("keypad.back") },
    clear: { sign: "C", name: t("keypad.clear") },
  };
  return (
    <fieldset className={classes.pad} data-amounts={amounts} aria-label={t("keypad")}>
      {(amounts ? AMOUNTS : PLAIN).map((key) => (
        <button
          key={key}
          type="button"
          className={classes.key}
          data-key={key}
          disabled={disabled}
          onMouseDown={keepFocus}
          onClick={() => press(key)}
          aria-label={signs[key]?.name}
        >
          {signs[key]?.sign ?? key}
        </button>
      ))}
    </fieldset>
  );
}
