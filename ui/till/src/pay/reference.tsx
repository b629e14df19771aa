import { TextInput } from "@mantine/core";
import { MOST_REFERENCE } from "../state/tender";
import { useText } from "../text";
import classes from "./reference.module.css";

interface Props {
  /** What to do before the payment is taken. */
  hint?: string | undefined;
  isNeeded: boolean;
  reference: string;
  change: (reference: string) => void;
}

/** What to do before the payment is taken, and the reference of the bank or wallet. */
export function Reference({ hint, isNeeded, reference, change }: Props) {
  const t = useText();
  return (
    <div className={classes.reference}>
      {hint !== undefined && <p>{hint}</p>}
      <TextInput
        aria-label={t("reference")}
        placeholder={t(isNeeded ? "reference" : "reference.optional")}
        value={reference}
        maxLength={MOST_REFERENCE}
        autoComplete="off"
        onChange={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}
