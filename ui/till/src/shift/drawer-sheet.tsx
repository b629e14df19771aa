import { Button } from "@mantine/core";
import { GrantFields, useGrant } from "../parts/grant";
import { Sheet } from "../parts/sheet";
import { useText } from "../text";
import { openDrawer, useKey, useOnce } from "./api";
import classes from "./movement-sheet.module.css";
import { ShiftProblem } from "./problem";

const REASONS = ["movement.in.change", "drawer.check"] as const;

/** Opens the drawer without a sale. The audit log has the reason, so that nobody wonders later. */
export function DrawerSheet({ close }: { close: () => void }) {
  const t = useText();
  const grant = useGrant({ approval: false, reason: true });
  const once = useOnce(useKey());
  const act = async () => {
    if (grant.missing !== null) return;
    const opened = await once.run(
      (key) => openDrawer(grant.reason.trim(), key),
      () => [],
    );
    if (opened !== null) close();
  };
  const action = (
    <Button
      className={classes.action ?? ""}
      fullWidth
      disabled={grant.missing !== null || once.isRunning}
      onClick={() => void act()}
    >
      {grant.missing ?? (once.isUnanswered ? t("shift.send_again") : t("drawer.open"))}
    </Button>
  );
  return (
    <Sheet opened close={close} title={t("drawer.open")} foot={action}>
      <GrantFields
        grant={grant}
        reasons={REASONS}
        enter={() => void act()}
        disabled={once.isRunning || once.isUnanswered}
        problem={<ShiftProblem once={once} safe={t("drawer.safe")} />}
      >
        <p className={classes.hint}>{t("drawer.hint")}</p>
      </GrantFields>
    </Sheet>
  );
}
