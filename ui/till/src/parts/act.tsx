import { Button } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { ErrorNote } from "@shared/parts/error-note";
import { IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Changes } from "../api/commands";
import { useText } from "../text";
import classes from "./act.module.css";
import { useSince } from "./hooks";

interface ActProps {
  changes: Changes;
  act: () => void;
  /** What is missing, in words; null: it can be done. */
  missing?: string | null;
  /** Red, for what cannot be undone. */
  danger?: boolean;
  children: ReactNode;
}

/** The action at the foot of a sheet. It says what is missing, and that it is being saved. */
export function Act({ changes, act, missing = null, danger = false, children }: ActProps) {
  const t = useText();
  const slow = useSince(changes.isRunning, 400);
  return (
    <Button
      className={classes.act ?? ""}
      color={danger ? "bad" : "primary"}
      fullWidth
      disabled={missing !== null || changes.isRunning}
      onClick={act}
    >
      {slow ? t("saving") : (missing ?? children)}
    </Button>
  );
}

interface ProblemProps {
  error: unknown;
  /** What is safe in spite of it. */
  safe: string;
}

/** Why a change was not made. That somebody else was faster is no error. */
export function Problem({ error, safe }: ProblemProps) {
  const t = useText();
  if (error === null) return null;
  if (asApiError(error).code !== "version_mismatch") return <ErrorNote error={error} safe={safe} />;
  return <Changed>{t("order.changed")}</Changed>;
}

/** Says calmly that somebody else has changed the order. */
export function Changed({ children }: { children: ReactNode }) {
  return (
    <p className={classes.changed} role="status">
      <IconRefresh size={22} aria-hidden />
      <span className="name">{children}</span>
    </p>
  );
}
