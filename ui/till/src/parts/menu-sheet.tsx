import { Button, SegmentedControl } from "@mantine/core";
import { Preferences } from "@shared/parts/preferences";
import { IconLock, IconPassword } from "@tabler/icons-react";
import { type ComponentType, lazy, Suspense, useState } from "react";
import { useHere, useMay } from "../me";
import { useLayout, type View, view } from "../sell/view";
import { ShiftLink } from "../shift/menu-link";
import { useStore } from "../state/store";
import { type TextId, useText, useWord } from "../text";
import { KeyList } from "./key-list";
import { askToLock } from "./lock";
import classes from "./menu-sheet.module.css";
import { Sheet } from "./sheet";

const PinSheet = lazy(() => import("../sign-in/pin-sheet"));

interface Props {
  opened: boolean;
  close: () => void;
  places: readonly { path: string; text: TextId; icon: ComponentType<{ size: number }> }[];
  go: (path: string) => void;
}

/** Who works here, where to go, and how this device looks. */
export function MenuSheet({ opened, close, places, go }: Props) {
  const t = useText();
  const word = useWord();
  const { me, device } = useHere();
  const mayPay = useMay("take_payment");
  const layout = useLayout();
  const chosen = useStore(view) ?? layout;
  const [changesPin, setChangesPin] = useState(false);
  if (changesPin) {
    return (
      <Suspense>
        <PinSheet close={() => setChangesPin(false)} />
      </Suspense>
    );
  }
  return (
    <Sheet opened={opened} close={close} title={me.user.name}>
      <p className={classes.who}>
        {word(`role.${me.user.role}`)} · {device === null ? t("device.none") : device.name}
      </p>
      {!window.isSecureContext && <p className={classes.who}>{t("pair.http")}</p>}
      <nav className={classes.places} aria-label={t("menu")}>
        {places.map(({ path, text, icon: Icon }) => (
          <button
            key={path}
            type="button"
            onClick={() => {
              close();
              go(path);
            }}
          >
            <Icon size={24} />
            {t(text)}
          </button>
        ))}
      </nav>
      {mayPay && (
        <ShiftLink
          open={() => {
            close();
            go("/shift");
          }}
        />
      )}
      <Button
        variant="default"
        size="lg"
        fullWidth
        leftSection={<IconLock size={22} aria-hidden />}
        onClick={() => {
          close();
          askToLock();
        }}
      >
        {t("lock")}
      </Button>
      <Button
        className={classes.pin ?? ""}
        variant="default"
        size="lg"
        fullWidth
        leftSection={<IconPassword size={22} aria-hidden />}
        onClick={() => {
          close();
          setChangesPin(true);
        }}
      >
        {t("pin.change")}
      </Button>
      <div className={classes.settings}>
        <SegmentedControl
          fullWidth
          aria-label={t("view")}
          value={chosen}
          onChange={(next) => view.set(next as View)}
          data={[
            { value: "grid", label: t("view.grid") },
            { value: "list", label: t("view.list") },
          ]}
        />
        <Preferences />
      </div>
      <KeyList />
    </Sheet>
  );
}
