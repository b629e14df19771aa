import { type Movement, printMovement, printShift, type Shift } from "../shift/api";
import { PrintButton } from "./print-button";
import { usePrintText } from "./text";

/** Prints X of an open shift, or Z of a closed one. */
export function PrintShift({ shift }: { shift: Shift }) {
  const t = usePrintText();
  return (
    <PrintButton minor send={(key) => printShift(shift, key)}>
      {t(shift.status === "open" ? "print.x" : "print.z")}
    </PrintButton>
  );
}

/** Prints the slip of a movement of cash. */
export function PrintMovement({ shift, movement }: { shift: Shift; movement: Movement }) {
  const t = usePrintText();
  return <PrintButton send={(key) => printMovement(shift, movement, key)}>{t("print.slip")}</PrintButton>;
}
