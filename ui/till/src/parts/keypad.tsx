import { IconBackspace } from "@tabler/icons-react";
import type { Key } from "../state/keypad";
import { useText } from "../text";
import classes from "./keypad.module.css";

interface Props {
  press: (key: Key) => void;
  /** The key at the bottom left: zeros for amounts, nothing for PINs. */
  zeros?: "000" | "00" | null;
  disabled?: boolean;
}

const DIGITS: Key[] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Keeps the focus where it is: Enter on a keyboard must not press the digit that was tapped last. */
const keepFocus = (event: React.MouseEvent) => event.preventDefault();

/** A keypad as on card terminals, 1-2-3 on top. Keys of a keyboard do the same, see `useKeys` of its owner. */
export function Keypad({ press, zeros = null, disabled = false }: Props) {
  const t = useText();
  const key = (name: Key) => (
    <button
      key={name}
      type="button"
      className={classes.key}
      disabled={disabled}
      onMouseDown={keepFocus}
      onClick={() => press(name)}
    >
      {name}
    </button>
  );
  return (
    <fieldset className={classes.pad} aria-label={t("keypad")}>
      {DIGITS.map(key)}
      {zeros === null ? (
        <button
          type="button"
          className={classes.key}
          data-quiet
          disabled={disabled}
          onMouseDown={keepFocus}
          onClick={() => press("clear")}
          aria-label={t("keypad.clear")}
        >
          C
        </button>
      ) : (
        key(zeros)
      )}
      {key("0")}
      <button
        type="button"
        className={classes.key}
        data-quiet
        disabled={disabled}
        onMouseDown={keepFocus}
        onClick={() => press("back")}
        aria-label={t("keypad.back")}
      >
        <IconBackspace aria-hidden size={28} />
      </button>
    </fieldset>
  );
}
