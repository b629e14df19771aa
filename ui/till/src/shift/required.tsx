import { Button } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { ErrorNote } from "@shared/parts/error-note";
import { IconCashRegister } from "@tabler/icons-react";
import { failures } from "../api/sale";
import { useGo } from "../parts/layers";
import { useText } from "../text";
import classes from "./required.module.css";

export const SHIFT_REQUIRED = "shift_required";

interface Props {
  error: unknown;
  /** The page to come back to. */
  back: string;
  /** What the shift is needed for. Default: a payment, which waits. */
  needed?: string;
}

/** Why a payment was not recorded. Cash without a shift leads to opening one, and back to the payment. */
export function PayProblem({ error, back, needed }: Props) {
  const t = useText();
  const go = useGo();
  if (asApiError(error).code !== SHIFT_REQUIRED) return <ErrorNote error={error} safe={t("pay.not_recorded")} />;
  return (
    <div className={classes.note} role="alert">
      <IconCashRegister size={24} aria-hidden />
      <div>
        <p>{needed ?? t("shift.required")}</p>
        <Button onClick={() => go(`/shift?back=${encodeURIComponent(back)}`)}>{t("shift.open")}</Button>
      </div>
    </div>
  );
}

/** A shift is open now: the payments that were refused for want of one can be taken again. */
export function forgetRequired(): void {
  failures.update((all) =>
    Object.fromEntries(Object.entries(all).filter(([, error]) => asApiError(error).code !== SHIFT_REQUIRED)),
  );
}
