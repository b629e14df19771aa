import { asApiError } from "@shared/api/errors";
import { ErrorNote } from "@shared/parts/error-note";
import { IconHelpCircle, IconRefresh } from "@tabler/icons-react";
import { useText } from "../text";
import type { Once } from "./api";
import classes from "./page.module.css";

/** Why a command about a shift was not carried out. That somebody else was faster, or that no answer came, is no error. */
export function ShiftProblem({ once, safe }: { once: Pick<Once, "error" | "isUnanswered">; safe: string }) {
  const t = useText();
  if (once.error === null) return null;
  if (once.isUnanswered) {
    return (
      <div className={classes.note} role="status">
        <IconHelpCircle size={24} aria-hidden />
        <p>{t("shift.unanswered")}</p>
      </div>
    );
  }
  if (asApiError(once.error).code !== "version_mismatch") return <ErrorNote error={once.error} safe={safe} />;
  return (
    <div className={classes.note} role="status">
      <IconRefresh size={24} aria-hidden />
      <p>{t("shift.changed")}</p>
    </div>
  );
}
