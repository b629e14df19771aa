import classes from "./chips.module.css";

interface Props<Value> {
  label: string;
  options: readonly { value: Value; text: string }[];
  chosen: Value | null;
  choose: (value: Value) => void;
}

/** A few choices beside each other; one is chosen. */
export function Chips<Value extends string | number>({ label, options, chosen, choose }: Props<Value>) {
  return (
    <fieldset className={classes.chips}>
      <legend>{label}</legend>
      {options.map(({ value, text }) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => choose(value)}>
          <span className="name">{text}</span>
        </button>
      ))}
    </fieldset>
  );
}
