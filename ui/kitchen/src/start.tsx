import { Button } from "@mantine/core";
import { Preferences } from "@shared/parts/preferences";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useEffect } from "react";
import type { Me } from "./app";
import { changeSettings, isPlaced, useSettings } from "./device";
import { Places } from "./places";
import classes from "./start.module.css";
import { useText } from "./text";

/** The first touch: it chooses the station, and allows sounds and a screen that stays on. */
export function Start({ me, start }: { me: Me; start: () => void }) {
  const t = useText();
  const { place } = useSettings();
  const { role } = me.user;
  useEffect(() => {
    if (!isPlaced() && (role === "kitchen" || role === "bar")) changeSettings({ place: role });
  }, [role]);
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <h1>{t("start.title", { name: me.user.name })}</h1>
        <Places place={place} choose={(next) => changeSettings({ place: next })} />
        <Button
          className={classes.start ?? ""}
          size="xl"
          fullWidth
          leftSection={<IconPlayerPlay size={28} aria-hidden />}
          onClick={start}
        >
          {t("start")}
        </Button>
        <p className={classes.hint}>{t("start.hint")}</p>
      </div>
      <div className={classes.preferences}>
        <Preferences />
      </div>
    </main>
  );
}
