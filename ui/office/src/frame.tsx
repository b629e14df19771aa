import { asApiError } from "@shared/api/errors";
import { useEvents } from "@shared/api/events";
import { NewVersionBanner, UnreachableBanner, useNewPages } from "@shared/parts/banner";
import { DialogsProvider } from "@shared/parts/dialogs";
import { type PlaceGroup, Shell } from "@shared/parts/shell";
import {
  IconArrowsSplit2,
  IconBuildingStore,
  IconCashRegister,
  IconCategory,
  IconChartBar,
  IconClockHour4,
  IconCreditCard,
  IconFingerprint,
  IconHeartbeat,
  IconPackage,
  IconReceipt,
  IconReceiptRefund,
  IconReceiptTax,
  IconReportAnalytics,
  IconReportMoney,
  IconSpeakerphone,
  IconTransferIn,
  IconUserShield,
  IconUsers,
} from "@tabler/icons-react";
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { useActiveOutlets, useHealth } from "./api/queries";
import { useLogOut, useSession } from "./api/session";
import { heldCount } from "./parts/outlets";
import { useText } from "./text";

const TOPICS = ["outlets", "sales", "conflicts", "catalog"] as const;
const ICON = { size: 20, "aria-hidden": true } as const;

/** The frame around all pages: the places of the app, and the events that make them live. */
export function Frame() {
  const t = useText();
  const router = useRouter();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const session = useSession();
  const logOut = useLogOut();
  const health = useHealth();
  const isOld = useNewPages();
  useEvents("/v1/hq/events", TOPICS);
  const figures = health.data;
  const held = useActiveOutlets().reduce((sum, outlet) => sum + heldCount(outlet), 0);
  const groups: PlaceGroup[] = [
    {
      label: null,
      places: [
        { path: "/outlets", label: t("nav.outlets"), icon: <IconBuildingStore {...ICON} /> },
        { path: "/sales", label: t("nav.sales"), icon: <IconChartBar {...ICON} /> },
        { path: "/orders", label: t("nav.orders"), icon: <IconReceipt {...ICON} /> },
        { path: "/refunds", label: t("nav.refunds"), icon: <IconReceiptRefund {...ICON} /> },
        { path: "/shifts", label: t("nav.shifts"), icon: <IconCashRegister {...ICON} /> },
        { path: "/reports", label: t("nav.reports"), icon: <IconReportAnalytics {...ICON} /> },
      ],
    },
    {
      label: t("nav.catalog"),
      places: [
        { path: "/products", label: t("nav.products"), icon: <IconPackage {...ICON} /> },
        { path: "/menus", label: t("nav.menus"), icon: <IconClockHour4 {...ICON} /> },
        { path: "/categories", label: t("nav.categories"), icon: <IconCategory {...ICON} /> },
        { path: "/charges", label: t("nav.charges"), icon: <IconReceiptTax {...ICON} /> },
        { path: "/tenders", label: t("nav.tenders"), icon: <IconCreditCard {...ICON} /> },
        { path: "/customers", label: t("nav.customers"), icon: <IconUsers {...ICON} /> },
      ],
    },
    {
      label: t("nav.review"),
      places: [
        {
          path: "/conflicts",
          label: t("nav.conflicts"),
          icon: <IconArrowsSplit2 {...ICON} />,
          count: figures?.open_conflict_count ?? 0,
        },
        { path: "/quarantine", label: t("nav.quarantine"), icon: <IconTransferIn {...ICON} />, count: held },
        {
          path: "/statements",
          label: t("nav.statements"),
          icon: <IconReportMoney {...ICON} />,
          count: figures?.differing_days.length ?? 0,
        },
      ],
    },
    {
      label: t("nav.manage"),
      places: [
        { path: "/announcements", label: t("nav.announcements"), icon: <IconSpeakerphone {...ICON} /> },
        { path: "/audit", label: t("nav.audit"), icon: <IconFingerprint {...ICON} /> },
        { path: "/users", label: t("nav.users"), icon: <IconUserShield {...ICON} /> },
        {
          path: "/health",
          label: t("nav.health"),
          icon: <IconHeartbeat {...ICON} />,
          count: figures?.reasons.length ?? 0,
        },
      ],
    },
  ];
  const current = groups.flatMap((group) => group.places).find((place) => path.startsWith(place.path));
  return (
    <DialogsProvider>
      <Shell
        title={t("app")}
        groups={groups}
        current={current?.path ?? ""}
        go={(to) => void router.navigate({ to })}
        user={session.user.name === "" ? session.user.username : session.user.name}
        logOut={() => logOut.mutate(false)}
        logOutEverywhere={() => logOut.mutate(true)}
        banner={
          <div aria-live="polite">
            {health.isError && asApiError(health.error).isUnreachable && (
              <UnreachableBanner>{t("banner.unreachable")}</UnreachableBanner>
            )}
            {isOld && <NewVersionBanner />}
          </div>
        }
      >
        <Outlet />
      </Shell>
    </DialogsProvider>
  );
}
