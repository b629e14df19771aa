import { Button } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { ErrorNote } from "@shared/parts/error-note";
import { IconCashRegister } from "@tabler/icons-react";
import { failures } from "../api/sale";
import { useGo } from "../parts/layers";
import { useText } from "../text";
import classes from "./required.module.css";

const REQUIRED = "shift_required";

/** Why a payment was not recorded. Cash without a shift leads to opening one, and back to the payment. */
export function PayProblem({ error, back }: { error: unknown; back: string }) {
  const t = useText();
  const go = useGo();
  if (asApiError(error).code !== REQUIRED) return <ErrorNote error={error} safe={t("pay.not_recorded")} />;
  return (
    <div className={classes.note} role="alert">
      <IconCashRegister size={24} aria-hidden />
      <div>
        <p>{t("shift.required")}</p>
        <Button onClick={() => go(`/shift?back=${encodeURIComponent(back)}`)}>{t("shift.open")}</Button>
      </div>
    </div>
  );
}

/** A shift is open now: the payments that were refused for want of one can be taken again. */
export function forgetRequired(): void {
  failures.update((all) =>
    Object.fromEntries(Object.entries(all).filter(([, error]) => asApiError(error).code !== REQUIRED)),
  );
}
