import { Button, Switch, TextInput } from "@mantine/core";
import { Preferences } from "@shared/parts/preferences";
import { Sheet } from "@shared/parts/sheet";
import { useState } from "react";
import type { Me } from "./app";
import { changeSettings, MOST_MINUTES, useSettings } from "./device";
import classes from "./list.module.css";
import { Places } from "./places";
import { useText } from "./text";

interface Props {
  me: Me;
  logOut: () => void;
  close: () => void;
}

/** What this screen shows, and who works at it. */
export function SettingsSheet({ me, logOut, close }: Props) {
  const t = useText();
  const settings = useSettings();
  return (
    <Sheet opened close={close} title={t("settings")}>
      <div className={classes.fields}>
        <Places place={settings.place} choose={(place) => changeSettings({ place })} />
        <Minutes
          label={t("settings.wait")}
          value={settings.waitMinutes}
          change={(waitMinutes) => changeSettings({ waitMinutes })}
        />
        <Minutes
          label={t("settings.late")}
          value={settings.lateMinutes}
          change={(lateMinutes) => changeSettings({ lateMinutes })}
        />
        <Switch
          size="lg"
          label={t("settings.sound")}
          checked={settings.sound}
          onChange={(event) => changeSettings({ sound: event.currentTarget.checked })}
        />
        {!("wakeLock" in navigator) && <p className={classes.muted}>{t("settings.sleep")}</p>}
        <Preferences />
        <Button variant="default" onClick={logOut}>
          {t("settings.log_out", { name: me.user.name })}
        </Button>
      </div>
    </Sheet>
  );
}

function Minutes({ label, value, change }: { label: string; value: number; change: (minutes: number) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      label={label}
      inputMode="numeric"
      value={typed ?? String(value)}
      onChange={(event) => setTyped(event.currentTarget.value.replace(/\D/g, "").slice(0, 3))}
      onBlur={() => {
        const minutes = Number(typed);
        if (typed !== null && minutes >= 1 && minutes <= MOST_MINUTES) change(minutes);
        setTyped(null);
      }}
    />
  );
}
