import { TextInput } from "@mantine/core";
import { type Method, MOST_REFERENCE } from "../state/tender";
import { useText } from "../text";
import classes from "./reference.module.css";

interface Props {
  method: Method;
  isNeeded: boolean;
  reference: string;
  change: (reference: string) => void;
}

/** What to do before the payment is taken, and the reference of the bank or wallet. */
export function Reference({ method, isNeeded, reference, change }: Props) {
  const t = useText();
  return (
    <div className={classes.reference}>
      {method !== "cash" && <p>{t(`hint.${method}`)}</p>}
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
