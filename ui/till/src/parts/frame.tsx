import { IconArmchair, IconBasket, IconLock, IconMenu2, IconReceipt, IconUser } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useLocation } from "wouter";
import { useCatalog } from "../api/catalog";
import { useStatus } from "../api/reach";
import { useHere, useMay } from "../me";
import { useShiftLine } from "../shift/menu-link";
import { useText } from "../text";
import classes from "./frame.module.css";
import { useKeys } from "./keys";
import { useGo } from "./layers";
import { askToLock, LockRefusal } from "./lock";
import { MenuSheet } from "./menu-sheet";
import { Notices } from "./notices";

const PLACES = [
  { path: "/", text: "place.sell", icon: IconBasket },
  { path: "/orders", text: "place.orders", icon: IconReceipt },
  { path: "/tables", text: "place.tables", icon: IconArmchair },
] as const;

/** The frame of the till: places, notices, who works here. A rail on desktops, tabs on tablets, a menu on phones. */
export function Frame({ children }: { children: ReactNode }) {
  const t = useText();
  const go = useGo();
  const [path] = useLocation();
  const { me } = useHere();
  const status = useStatus();
  const catalog = useCatalog();
  const shift = useShiftLine();
  const line = useMay("take_payment") ? shift : null;
  const [menu, setMenu] = useState(false);
  useKeys((key) => {
    if (key !== "?" || menu) return false;
    setMenu(true);
    return true;
  });
  const hasTables = catalog.data === undefined || catalog.data.tables.some((table) => table.active);
  const places = PLACES.filter((place) => place.path !== "/tables" || hasTables);
  const inShift = path.startsWith("/shift");
  const current = PLACES.findLast((place) => path === place.path || path.startsWith(`${place.path}/`)) ?? PLACES[0];
  return (
    <div className={classes.frame} data-bare={path.endsWith("/pay")}>
      <header className={classes.head}>
        <button type="button" className={classes.menu} aria-label={t("menu")} onClick={() => setMenu(true)}>
          <IconMenu2 size={24} aria-hidden />
        </button>
        <span className={classes.title}>{t(inShift ? "shift" : current.text)}</span>
        <span className={classes.outlet}>{status?.outlet.name ?? ""}</span>
        <nav className={classes.places} aria-label={t("menu")}>
          {places.map(({ path: to, text, icon: Icon }) => (
            <button
              key={to}
              type="button"
              aria-current={to === current.path && !inShift ? "page" : undefined}
              onClick={() => go(to)}
            >
              <Icon size={24} aria-hidden />
              <span>{t(text)}</span>
            </button>
          ))}
        </nav>
        <Notices />
        <button
          type="button"
          className={classes.user}
          onClick={() => setMenu(true)}
          aria-label={`${[me.user.name, line].filter(Boolean).join(" ")}, ${t("menu.user")}`}
        >
          <IconUser size={22} aria-hidden />
          <span className={classes.who}>
            <span>{me.user.name}</span> {line !== null && <small>{line}</small>}
          </span>
        </button>
        <button type="button" className={classes.lock} onClick={askToLock} aria-label={t("lock")} title={t("lock")}>
          <IconLock size={22} aria-hidden />
        </button>
      </header>
      <div className={classes.body}>{children}</div>
      <LockRefusal />
      <MenuSheet opened={menu} close={() => setMenu(false)} places={places} go={go} />
    </div>
  );
}
