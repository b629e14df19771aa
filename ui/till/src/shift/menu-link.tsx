import { IconCashRegister } from "@tabler/icons-react";
import { useText } from "../text";
import { useCurrentShift } from "./api";
import classes from "./menu-link.module.css";

/** The shift of this till in a few words; null while it is not known. */
export function useShiftLine(): string | null {
  const t = useText();
  const { data: shift } = useCurrentShift();
  if (shift === undefined) return null;
  if (shift === null) return t("shift.none");
  return t("shift.title", { number: shift.shift_number, drawer: shift.drawer_name });
}

/** In the menu: the shift of this till, and the way to it. */
export function ShiftLink({ open }: { open: () => void }) {
  const t = useText();
  const line = useShiftLine();
  return (
    <button type="button" className={classes.link} onClick={open}>
      <IconCashRegister size={24} aria-hidden />
      <span>
        {t("shift")}
        {line !== null && <small className="name">{line}</small>}
      </span>
    </button>
  );
}
