import { Button, Menu } from "@mantine/core";
import { asApiError } from "@shared/api/errors";
import { useEvents } from "@shared/api/events";
import { Empty } from "@shared/parts/empty";
import { Sheet } from "@shared/parts/sheet";
import { type PlaceGroup, Shell } from "@shared/parts/shell";
import {
  IconArmchair,
  IconBuildingStore,
  IconCashRegister,
  IconCategory,
  IconClockHour4,
  IconCreditCard,
  IconDeviceDesktopAnalytics,
  IconDeviceTablet,
  IconFingerprint,
  IconHome,
  IconLink,
  IconLock,
  IconPackage,
  IconPassword,
  IconPrinter,
  IconProgressCheck,
  IconQrcode,
  IconReceiptRefund,
  IconReceiptTax,
  IconRefresh,
  IconReportAnalytics,
  IconSpeakerphone,
  IconUserShield,
  IconUsers,
} from "@tabler/icons-react";
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Banners } from "./banners";
import { Centered } from "./parts/centered";
import { OwnPin } from "./people/own-pin";
import { useSession } from "./session";
import { useStatus } from "./status";
import { useText } from "./text";

const TOPICS = ["orders", "catalog", "tables", "customers", "staff", "printers", "sync", "devices"];
const BASE = "/admin";

/** The frame of all pages: places, banners, and the events that reread what is shown. */
export function Frame() {
  const t = useText();
  const session = useSession();
  const router = useRouter();
  const current = useRouterState({ select: (state) => state.location.pathname.split("/")[1] ?? "" });
  const status = useStatus();
  const manages = session.may("edit_catalog");
  const [changesPin, setChangesPin] = useState(false);
  useEvents("/api/v1/events", TOPICS, manages);

  if (!manages) {
    return (
      <Centered>
        <Empty title={t("frame.no_right")}>
          <Button component="a" href="/till/">
            {t("frame.to_till")}
          </Button>
          <Button variant="subtle" onClick={() => void session.logOut()}>
            {t("session.log_out")}
          </Button>
        </Empty>
      </Centered>
    );
  }

  const place = (path: string, label: string, icon: ReactNode, count = 0) => ({
    path: `${BASE}/${path}`,
    label,
    icon,
    count,
  });
  const admin = session.may("manage_sync");
  const groups: PlaceGroup[] = [
    {
      label: null,
      places: [
        place("", t("place.today"), <IconHome size={20} aria-hidden />),
        place("reports", t("place.reports"), <IconReportAnalytics size={20} aria-hidden />),
        ...(admin
          ? [place("sync", t("place.sync"), <IconRefresh size={20} aria-hidden />, status.data?.sync.failed ?? 0)]
          : []),
      ],
    },
    {
      label: t("place.menu"),
      places: [
        place("products", t("place.products"), <IconPackage size={20} aria-hidden />),
        place("menus", t("place.menus"), <IconClockHour4 size={20} aria-hidden />),
        place("categories", t("place.categories"), <IconCategory size={20} aria-hidden />),
        place("charges", t("place.charges"), <IconReceiptTax size={20} aria-hidden />),
        place("tenders", t("place.tenders"), <IconCreditCard size={20} aria-hidden />),
      ],
    },
    {
      label: t("place.shop"),
      places: [
        place("shifts", t("place.shifts"), <IconCashRegister size={20} aria-hidden />),
        place("refunds", t("place.refunds"), <IconReceiptRefund size={20} aria-hidden />),
        place("unconfirmed", t("place.unconfirmed"), <IconProgressCheck size={20} aria-hidden />),
        place("tables", t("place.tables"), <IconArmchair size={20} aria-hidden />),
        place("customers", t("place.customers"), <IconUsers size={20} aria-hidden />),
        place("drawers", t("place.drawers"), <IconDeviceDesktopAnalytics size={20} aria-hidden />),
        place("printers", t("place.printers"), <IconPrinter size={20} aria-hidden />),
        place("announcements", t("place.announcements"), <IconSpeakerphone size={20} aria-hidden />),
      ],
    },
    {
      label: t("place.people"),
      places: [
        place("staff", t("place.staff"), <IconUserShield size={20} aria-hidden />),
        place("devices", t("place.devices"), <IconDeviceTablet size={20} aria-hidden />),
        place("audit", t("place.audit"), <IconFingerprint size={20} aria-hidden />),
      ],
    },
    {
      label: t("place.settings"),
      places: [
        place("shop", t("place.shop_settings"), <IconBuildingStore size={20} aria-hidden />),
        place("qris", t("place.qris"), <IconQrcode size={20} aria-hidden />),
        place("https", t("place.https"), <IconLock size={20} aria-hidden />),
        ...(admin ? [place("link", t("place.link"), <IconLink size={20} aria-hidden />)] : []),
      ],
    },
  ];

  return (
    <Shell
      title={status.data?.outlet.name ?? status.data?.outlet.code ?? t("app")}
      groups={groups}
      current={`${BASE}/${current}`}
      go={(path) => router.history.push(path)}
      user={session.user.name}
      ownItems={
        <Menu.Item leftSection={<IconPassword size={20} aria-hidden />} onClick={() => setChangesPin(true)}>
          {t("pin.change")}
        </Menu.Item>
      }
      logOut={() => void session.logOut()}
      logOutEverywhere={() => void session.logOutEverywhere()}
      banner={<Banners unreachable={status.isError && asApiError(status.error).isUnreachable} />}
    >
      <Outlet />
      <Sheet title={t("pin.change")} opened={changesPin} close={() => setChangesPin(false)}>
        <OwnPin close={() => setChangesPin(false)} />
      </Sheet>
    </Shell>
  );
}
