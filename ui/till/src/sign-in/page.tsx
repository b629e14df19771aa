import { ErrorNote } from "@shared/parts/error-note";
import { Preferences } from "@shared/parts/preferences";
import { IconLock, IconSettings } from "@tabler/icons-react";
import { useState } from "react";
import { waiting } from "../api/orders";
import { useDevice, useKeeper } from "../api/session";
import { Notices } from "../parts/notices";
import { Sheet } from "../parts/sheet";
import { usePart } from "../state/store";
import { useText } from "../text";
import { useCartCount } from "./cart-count";
import classes from "./page.module.css";
import { PairedSignIn } from "./paired";
import { UnpairedSignIn } from "./unpaired";

interface Props {
  isLocked: boolean;
  openPairing: () => void;
}

/** Who works here? On a paired device a name and a PIN; elsewhere a user name and a PIN. */
export function SignInPage({ isLocked, openPairing }: Props) {
  const t = useText();
  const device = useDevice();
  const pieces = useCartCount();
  const unsent = usePart(waiting, (list) => list.length);
  const keeper = useKeeper();
  const [settings, setSettings] = useState(false);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <span className={classes.place}>
          {isLocked && <IconLock size={20} aria-hidden />}
          <span className="name">{device.data?.name ?? t("app")}</span>
        </span>
        <Notices />
        <button type="button" aria-label={t("preferences")} onClick={() => setSettings(true)}>
          <IconSettings size={24} aria-hidden />
        </button>
      </header>
      <main className={classes.main} data-narrow={device.data === null}>
        <h1>{isLocked ? t("locked") : t("sign_in")}</h1>
        {pieces > 0 && <p className={classes.cart}>{t("sign_in.cart", { count: pieces })}</p>}
        {keeper !== null && (
          <p className={classes.unsent}>
            <strong>{t("unsent", { count: unsent })}</strong> {t("unsent.sign_in", { name: keeper.name })}
          </p>
        )}
        {device.data === undefined && device.error !== null && (
          <ErrorNote error={device.error} retry={() => void device.refetch()} />
        )}
        {device.data === null && <UnpairedSignIn keeper={keeper} openPairing={openPairing} />}
        {device.data !== undefined && device.data !== null && <PairedSignIn keeper={keeper} />}
      </main>
      <Sheet opened={settings} close={() => setSettings(false)} title={t("preferences")}>
        <Preferences />
      </Sheet>
    </div>
  );
}
