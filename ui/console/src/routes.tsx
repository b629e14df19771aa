import { ACTIONS, type Action } from "@shared/audit/actions";
import { PageError } from "@shared/parts/page-error";
import type { PeriodSearch } from "@shared/parts/period-picker";
import { isDate, PRESETS } from "@shared/period";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Frame } from "./frame";
import { NotFound } from "./parts/not-found";

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
const day = (value: unknown): string | undefined => (typeof value === "string" && isDate(value) ? value : undefined);
const oneOf = <const Choice extends string>(value: unknown, choices: readonly Choice[]): Choice | undefined =>
  choices.find((choice) => choice === value);

// Each is optional, so that a link may leave it out.
interface Step {
  step?: "hour" | "day" | undefined;
}
interface View {
  view?: "discarded" | undefined;
}
interface ConflictFilter {
  status?: "merged" | "resolved" | "superseded" | "all" | undefined;
}
interface DayFilter {
  date?: string | undefined;
}
export interface ShiftFilter {
  drawer?: string | undefined;
  date?: string | undefined;
  status?: "open" | "closed" | undefined;
}
interface AuditFilter extends DayFilter {
  action?: Action | undefined;
}
interface ReportFilter extends PeriodSearch {
  by?: "day" | undefined;
}
export interface ProductFilter {
  q?: string | undefined;
  category?: string | undefined;
  available?: "yes" | "no" | undefined;
  sort?: "-name" | "price" | "-price" | "position" | undefined;
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const today = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./today/page"), "TodayPage"),
});

const reports = createRoute({
  getParentRoute: () => root,
  path: "/reports",
  validateSearch: (search): ReportFilter => ({
    period: oneOf(search.period, PRESETS),
    from: day(search.from),
    to: day(search.to),
    by: oneOf(search.by, ["day"]),
  }),
  component: lazyRouteComponent(() => import("./reports/page"), "ReportsPage"),
});

const sync = createRoute({
  getParentRoute: () => root,
  path: "/sync",
  component: lazyRouteComponent(() => import("./sync/layout"), "SyncLayout"),
});
const syncOverview = createRoute({
  getParentRoute: () => sync,
  path: "/",
  validateSearch: (search): Step => ({ step: oneOf(search.step, ["hour", "day"]) }),
  component: lazyRouteComponent(() => import("./sync/overview"), "OverviewPage"),
});
const syncQueue = createRoute({
  getParentRoute: () => sync,
  path: "/queue",
  component: lazyRouteComponent(() => import("./sync/queue"), "QueuePage"),
});
const syncFailed = createRoute({
  getParentRoute: () => sync,
  path: "/failed",
  validateSearch: (search): View => ({ view: oneOf(search.view, ["discarded"]) }),
  component: lazyRouteComponent(() => import("./sync/failed"), "FailedPage"),
});
const syncConflicts = createRoute({
  getParentRoute: () => sync,
  path: "/conflicts",
  validateSearch: (search): ConflictFilter => ({
    status: oneOf(search.status, ["merged", "resolved", "superseded", "all"]),
  }),
  component: lazyRouteComponent(() => import("./sync/conflicts"), "ConflictsPage"),
});
const syncUpdates = createRoute({
  getParentRoute: () => sync,
  path: "/updates",
  component: lazyRouteComponent(() => import("./sync/updates"), "UpdatesPage"),
});
const syncLog = createRoute({
  getParentRoute: () => sync,
  path: "/log",
  component: lazyRouteComponent(() => import("./sync/log"), "LogPage"),
});
const syncDays = createRoute({
  getParentRoute: () => sync,
  path: "/days",
  validateSearch: (search): DayFilter => ({ date: text(search.date) }),
  component: lazyRouteComponent(() => import("./sync/days"), "DaysPage"),
});
const syncVerify = createRoute({
  getParentRoute: () => sync,
  path: "/verify",
  component: lazyRouteComponent(() => import("./sync/verify"), "VerifyPage"),
});
const syncHealth = createRoute({
  getParentRoute: () => sync,
  path: "/health",
  component: lazyRouteComponent(() => import("./sync/health"), "HealthPage"),
});

const products = createRoute({
  getParentRoute: () => root,
  path: "/products",
  validateSearch: (search): ProductFilter => ({
    q: text(search.q),
    category: text(search.category),
    available: oneOf(search.available, ["yes", "no"]),
    sort: oneOf(search.sort, ["-name", "price", "-price", "position"]),
  }),
  component: lazyRouteComponent(() => import("./catalog/products"), "ProductsPage"),
});
const newProduct = createRoute({
  getParentRoute: () => root,
  path: "/products/new",
  component: lazyRouteComponent(() => import("./catalog/product"), "NewProductPage"),
});
const product = createRoute({
  getParentRoute: () => root,
  path: "/products/$id",
  component: lazyRouteComponent(() => import("./catalog/product"), "ProductPage"),
});
const categories = createRoute({
  getParentRoute: () => root,
  path: "/categories",
  component: lazyRouteComponent(() => import("./catalog/categories"), "CategoriesPage"),
});
const charges = createRoute({
  getParentRoute: () => root,
  path: "/charges",
  component: lazyRouteComponent(() => import("./catalog/charges"), "ChargesPage"),
});
const menus = createRoute({
  getParentRoute: () => root,
  path: "/menus",
  component: lazyRouteComponent(() => import("./catalog/menus"), "MenusPage"),
});
const tenders = createRoute({
  getParentRoute: () => root,
  path: "/tenders",
  component: lazyRouteComponent(() => import("./catalog/tenders"), "TendersPage"),
});
const tables = createRoute({
  getParentRoute: () => root,
  path: "/tables",
  component: lazyRouteComponent(() => import("./shop/tables"), "TablesPage"),
});
const customers = createRoute({
  getParentRoute: () => root,
  path: "/customers",
  component: lazyRouteComponent(() => import("./shop/customers"), "CustomersPage"),
});
const shifts = createRoute({
  getParentRoute: () => root,
  path: "/shifts",
  validateSearch: (search): ShiftFilter => ({
    drawer: text(search.drawer),
    date: text(search.date),
    status: oneOf(search.status, ["open", "closed"]),
  }),
  component: lazyRouteComponent(() => import("./shifts/list"), "ShiftsPage"),
});
const shift = createRoute({
  getParentRoute: () => root,
  path: "/shifts/$id",
  component: lazyRouteComponent(() => import("./shifts/page"), "ShiftPage"),
});
const refunds = createRoute({
  getParentRoute: () => root,
  path: "/refunds",
  validateSearch: (search): DayFilter => ({ date: day(search.date) }),
  component: lazyRouteComponent(() => import("./refunds/list"), "RefundsPage"),
});
const refund = createRoute({
  getParentRoute: () => root,
  path: "/refunds/$id",
  component: lazyRouteComponent(() => import("./refunds/page"), "RefundPage"),
});
const order = createRoute({
  getParentRoute: () => root,
  path: "/orders/$id",
  component: lazyRouteComponent(() => import("./refunds/order"), "OrderPage"),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: (search): AuditFilter => ({ date: day(search.date), action: oneOf(search.action, ACTIONS) }),
  component: lazyRouteComponent(() => import("./audit/page"), "AuditPage"),
});
const drawers = createRoute({
  getParentRoute: () => root,
  path: "/drawers",
  component: lazyRouteComponent(() => import("./shop/drawers"), "DrawersPage"),
});
const printers = createRoute({
  getParentRoute: () => root,
  path: "/printers",
  component: lazyRouteComponent(() => import("./printers/page"), "PrintersPage"),
});
const announcements = createRoute({
  getParentRoute: () => root,
  path: "/announcements",
  component: lazyRouteComponent(() => import("./shop/announcements"), "AnnouncementsPage"),
});
const staff = createRoute({
  getParentRoute: () => root,
  path: "/staff",
  component: lazyRouteComponent(() => import("./people/staff"), "StaffPage"),
});
const devices = createRoute({
  getParentRoute: () => root,
  path: "/devices",
  component: lazyRouteComponent(() => import("./people/devices"), "DevicesPage"),
});
const shop = createRoute({
  getParentRoute: () => root,
  path: "/shop",
  component: lazyRouteComponent(() => import("./shop/settings"), "ShopSettingsPage"),
});
const unconfirmed = createRoute({
  getParentRoute: () => root,
  path: "/unconfirmed",
  component: lazyRouteComponent(() => import("./reports/unconfirmed"), "UnconfirmedPage"),
});
const qris = createRoute({
  getParentRoute: () => root,
  path: "/qris",
  component: lazyRouteComponent(() => import("./shop/qris"), "QrisPage"),
});
const https = createRoute({
  getParentRoute: () => root,
  path: "/https",
  component: lazyRouteComponent(() => import("./shop/https"), "HttpsPage"),
});
const link = createRoute({
  getParentRoute: () => root,
  path: "/link",
  component: lazyRouteComponent(() => import("./shop/link"), "LinkPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    today,
    reports,
    sync.addChildren([
      syncOverview,
      syncQueue,
      syncFailed,
      syncConflicts,
      syncUpdates,
      syncLog,
      syncDays,
      syncVerify,
      syncHealth,
    ]),
    products,
    newProduct,
    product,
    categories,
    charges,
    tenders,
    menus,
    tables,
    customers,
    shifts,
    shift,
    refunds,
    refund,
    order,
    audit,
    drawers,
    printers,
    announcements,
    staff,
    devices,
    shop,
    unconfirmed,
    qris,
    https,
    link,
  ]),
  basepath: "/admin",
  defaultErrorComponent: PageError,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
