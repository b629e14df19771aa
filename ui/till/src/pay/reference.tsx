import { TextInput } from "@mantine/core";
import { type Method, MOST_REFERENCE } from "../state/tender";
import { useText } from "../text";
import classes from "./reference.module.css";

interface Props {
  method: Exclude<Method, "cash">;
  reference: string;
  change: (reference: string) => void;
}

/** What to do before the payment is taken, and the reference of the bank or wallet. */
export function Reference({ method, reference, change }: Props) {
  const t = useText();
  return (
    <div className={classes.reference}>
      <p>{t(`hint.${method}`)}</p>
      <TextInput
        aria-label={t("reference")}
        placeholder={t("reference.optional")}
        value={reference}
        maxLength={MOST_REFERENCE}
        autoComplete="off"
        onChange={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}
