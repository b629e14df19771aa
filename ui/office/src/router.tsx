import { ACTIONS } from "@shared/audit/actions";
import { PageError } from "@shared/parts/page-error";
import { PRESETS } from "@shared/period";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import {
  ATTENTION,
  CONFLICT_STATES,
  GROUPS,
  MENU_TABS,
  OUTLET_TABS,
  PRODUCT_SORTS,
  PRODUCT_TABS,
  QUARANTINE_TABS,
} from "./filters";
import { Frame } from "./frame";
import { NotFound } from "./pages/not-found";
import { choice, date, type Search, text } from "./search";

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });
const under = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path }) as const;

const start = createRoute({
  ...under("/"),
  beforeLoad: () => {
    throw redirect({ to: "/outlets", replace: true });
  },
});

const outlets = createRoute({
  ...under("/outlets"),
  validateSearch: (search: Search) => ({ ...text(search, "q"), ...choice(search, "show", ATTENTION) }),
  component: lazyRouteComponent(() => import("./pages/outlets"), "OutletsPage"),
});
const addOutlet = createRoute({
  ...under("/outlets/new"),
  component: lazyRouteComponent(() => import("./pages/add-outlet"), "AddOutletPage"),
});
const outlet = createRoute({
  ...under("/outlets/$id"),
  validateSearch: (search: Search) => choice(search, "tab", OUTLET_TABS),
  component: lazyRouteComponent(() => import("./pages/outlet"), "OutletPage"),
});

const period = (search: Search) => ({
  ...choice(search, "period", PRESETS),
  ...date(search, "from"),
  ...date(search, "to"),
});
const sales = createRoute({
  ...under("/sales"),
  validateSearch: (search: Search) => ({
    ...choice(search, "group", GROUPS),
    ...period(search),
    ...text(search, "outlet"),
    ...choice(search, "compare", ["off"] as const),
  }),
  component: lazyRouteComponent(() => import("./pages/sales"), "SalesPage"),
});
const orders = createRoute({
  ...under("/orders"),
  validateSearch: (search: Search) => ({
    ...text(search, "q"),
    ...period(search),
    ...text(search, "outlet"),
    ...text(search, "min"),
    ...text(search, "max"),
  }),
  component: lazyRouteComponent(() => import("./pages/orders"), "OrdersPage"),
});
const order = createRoute({
  ...under("/orders/$id"),
  component: lazyRouteComponent(() => import("./pages/order"), "OrderPage"),
});

const shifts = createRoute({
  ...under("/shifts"),
  validateSearch: (search: Search) => ({
    ...period(search),
    ...text(search, "outlet"),
    ...choice(search, "show", ["differing"] as const),
  }),
  component: lazyRouteComponent(() => import("./pages/shifts"), "ShiftsPage"),
});
const shift = createRoute({
  ...under("/shifts/$id"),
  component: lazyRouteComponent(() => import("./pages/shift"), "ShiftPage"),
});

const refunds = createRoute({
  ...under("/refunds"),
  validateSearch: (search: Search) => ({ ...period(search), ...text(search, "outlet") }),
  component: lazyRouteComponent(() => import("./pages/refunds"), "RefundsPage"),
});
const refund = createRoute({
  ...under("/refunds/$id"),
  component: lazyRouteComponent(() => import("./pages/refund"), "RefundPage"),
});
const reports = createRoute({
  ...under("/reports"),
  validateSearch: (search: Search) => ({
    ...period(search),
    ...text(search, "outlet"),
    ...choice(search, "by", ["day"] as const),
  }),
  component: lazyRouteComponent(() => import("./pages/reports"), "ReportsPage"),
});

const audit = createRoute({
  ...under("/audit"),
  validateSearch: (search: Search) => ({
    ...period(search),
    ...text(search, "outlet"),
    ...choice(search, "action", ACTIONS),
  }),
  component: lazyRouteComponent(() => import("./pages/audit"), "AuditPage"),
});

const products = createRoute({
  ...under("/products"),
  validateSearch: (search: Search) => ({
    ...text(search, "q"),
    ...text(search, "category"),
    ...choice(search, "sort", PRODUCT_SORTS),
  }),
  component: lazyRouteComponent(() => import("./pages/products"), "ProductsPage"),
});
const product = createRoute({
  ...under("/products/$id"),
  validateSearch: (search: Search) => choice(search, "tab", PRODUCT_TABS),
  component: lazyRouteComponent(() => import("./pages/product"), "ProductPage"),
});
const categories = createRoute({
  ...under("/categories"),
  component: lazyRouteComponent(() => import("./pages/categories"), "CategoriesPage"),
});
const charges = createRoute({
  ...under("/charges"),
  component: lazyRouteComponent(() => import("./pages/charges"), "ChargesPage"),
});
const tenders = createRoute({
  ...under("/tenders"),
  component: lazyRouteComponent(() => import("./pages/tenders"), "TendersPage"),
});
const menus = createRoute({
  ...under("/menus"),
  validateSearch: (search: Search) => choice(search, "tab", MENU_TABS),
  component: lazyRouteComponent(() => import("./pages/menus"), "MenusPage"),
});
const customers = createRoute({
  ...under("/customers"),
  validateSearch: (search: Search) => text(search, "q"),
  component: lazyRouteComponent(() => import("./pages/customers"), "CustomersPage"),
});

const conflicts = createRoute({
  ...under("/conflicts"),
  validateSearch: (search: Search) => ({ ...choice(search, "status", CONFLICT_STATES), ...text(search, "outlet") }),
  component: lazyRouteComponent(() => import("./pages/conflicts"), "ConflictsPage"),
});
const quarantine = createRoute({
  ...under("/quarantine"),
  validateSearch: (search: Search) => ({
    ...choice(search, "tab", QUARANTINE_TABS),
    ...text(search, "outlet"),
    ...choice(search, "closed", ["yes"] as const),
  }),
  component: lazyRouteComponent(() => import("./pages/quarantine"), "QuarantinePage"),
});
const statements = createRoute({
  ...under("/statements"),
  validateSearch: (search: Search) => ({ ...text(search, "outlet"), ...period(search) }),
  component: lazyRouteComponent(() => import("./pages/statements"), "StatementsPage"),
});
const announcements = createRoute({
  ...under("/announcements"),
  validateSearch: (search: Search) => text(search, "outlet"),
  component: lazyRouteComponent(() => import("./pages/announcements"), "AnnouncementsPage"),
});
const users = createRoute({
  ...under("/users"),
  component: lazyRouteComponent(() => import("./pages/users"), "UsersPage"),
});
const health = createRoute({
  ...under("/health"),
  component: lazyRouteComponent(() => import("./pages/health"), "HealthPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    outlets,
    addOutlet,
    outlet,
    sales,
    orders,
    order,
    shifts,
    shift,
    refunds,
    refund,
    reports,
    audit,
    products,
    product,
    categories,
    charges,
    menus,
    tenders,
    customers,
    conflicts,
    quarantine,
    statements,
    announcements,
    users,
    health,
  ]),
  scrollRestoration: true,
  defaultErrorComponent: PageError,
  // Filters are plain texts in the address: a barcode stays a barcode and does not become a number.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(search)) if (value !== undefined) params.set(name, String(value));
    const written = params.toString();
    return written === "" ? "" : `?${written}`;
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
