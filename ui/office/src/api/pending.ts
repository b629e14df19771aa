// Requests whose endpoints the hub gets together with these pages. Their types are written by hand until docs/openapi has them.

import { body, data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import type { Page } from "@shared/api/pages";
import { given } from "./lists";

type Schemas = components["schemas"];

interface Init {
  params?: { path?: Record<string, string>; query?: object; header?: Record<string, string> };
  body?: unknown;
}
type Send = <T>(path: string, init?: Init) => Promise<{ data?: T }>;
const pending = hub as unknown as { GET: Send; POST: Send; PATCH: Send };

interface Success<T> {
  data: T;
}

// Sessions

export interface Me {
  user: { id: string; username: string; name: string; role: string };
  expires_at: string;
}

export const readMe = () => data(pending.GET<Success<Me>>("/v1/hq/auth/me"));

export const logIn = (credentials: { username: string; password: string }) =>
  data(pending.POST<Success<unknown>>("/v1/hq/auth/login", { body: { ...credentials, cookie: true } }));

export const endSession = () => body(pending.POST("/v1/hq/auth/logout"));
export const endAllSessions = () => body(pending.POST("/v1/hq/auth/logout-everywhere"));
export const changePassword = (change: { current: string; new: string }) =>
  body(pending.POST("/v1/hq/auth/password", { body: change }));

// Outlets

export interface OutletDetail extends Omit<Schemas["OutletSummary"], never> {
  enrolled_at: string | null;
  first_sale_at: string | null;
  enroll_expires_at: string | null;
  versions: { outlet: string | null; hub: string };
  keys: { created_at: string; origin: string; ended_at: string | null }[];
  epochs: { number: number; began_at: string }[];
  devices?: { name: string; waiting: number; oldest_waiting_at: string | null }[];
}

export interface EnrollmentCode {
  outlet_id: string;
  code: string;
  name: string;
  enroll_code: string;
  enroll_expires_at: string;
}

export interface RotatedKey {
  outlet_id: string;
  code: string;
  api_key: string;
  previous_key_until: string;
}

const OUTLET = "/v1/hq/outlets/{outlet_id}";
const outletPath = (outlet_id: string) => ({ params: { path: { outlet_id } } });

export const readOutlet = (id: string) => data(pending.GET<Success<OutletDetail>>(OUTLET, outletPath(id)));

export const addOutlet = (outlet: { code: string; name: string }) =>
  data(pending.POST<Success<EnrollmentCode>>("/v1/hq/outlets", { body: outlet }));

export const renameOutlet = (id: string, name: string) =>
  data(pending.PATCH<Success<unknown>>(OUTLET, { ...outletPath(id), body: { name } }));

export const newEnrollCode = (id: string) =>
  data(pending.POST<Success<EnrollmentCode>>(`${OUTLET}/enroll-code`, outletPath(id)));

export const rotateKey = (id: string) =>
  data(pending.POST<Success<RotatedKey>>(`${OUTLET}/rotate-key`, outletPath(id)));

export const revokeOutlet = (id: string) => data(pending.POST<Success<unknown>>(`${OUTLET}/revoke`, outletPath(id)));

// Products

export interface ProductFilter {
  q?: string | undefined;
  category_id?: string | undefined;
  sort?: string | undefined;
}

export const listProducts = (filter: ProductFilter, cursor: string | undefined, limit: number) =>
  body(
    pending.GET<Page<Schemas["Product"]>>("/v1/hq/products", {
      params: { query: given({ ...filter, cursor, limit }) },
    }),
  );

export interface ProductAtOutlet {
  outlet_id: string;
  code: string;
  name: string;
  price: number | null;
  available: boolean | null;
  effective_price: number;
  effective_available: boolean;
  /** 0: the outlet has never had its own values. */
  version: number;
}

export interface Delivery {
  outlet_id: string;
  code: string;
  name: string;
  applied: boolean;
  state: "applied" | "waiting" | "failed";
  applied_at: string | null;
  asked_at: string | null;
}

const PRODUCT = "/v1/hq/products/{id}";
const productPath = (id: string, cursor: string | undefined, limit: number) => ({
  params: { path: { id }, query: given({ cursor, limit }) },
});

export const listProductOutlets = (id: string, cursor: string | undefined, limit: number) =>
  body(pending.GET<Page<ProductAtOutlet>>(`${PRODUCT}/outlets`, productPath(id, cursor, limit)));

export const listDelivery = (id: string, cursor: string | undefined, limit: number) =>
  body(pending.GET<Page<Delivery>>(`${PRODUCT}/delivery`, productPath(id, cursor, limit)));

export interface BulkChange {
  ids?: string[];
  category_id?: string;
  all?: boolean;
  price?: { set: number } | { add: number; round_to?: number } | { percent_bp: number; round_to?: number };
  available?: boolean;
  dry_run?: boolean;
}

export interface ChangedProduct {
  id: string;
  name: string;
  old_price: number;
  new_price: number;
  old_available: boolean;
  new_available: boolean;
  variants: { id: string; name: string; old_price: number; new_price: number }[];
}

export interface BulkResult {
  change_id: string | null;
  changed: ChangedProduct[];
  skipped: { id: string; name: string; reason: string }[];
}

const BULK = "/v1/hq/products/bulk";

/** `key` makes a repeated request the same one. */
export const changeProducts = (change: BulkChange, key: string) =>
  data(pending.POST<Success<BulkResult>>(BULK, { params: { header: { "Idempotency-Key": key } }, body: change }));

export const undoProducts = (change_id: string) =>
  data(pending.POST<Success<BulkResult>>(`${BULK}/{change_id}/undo`, { params: { path: { change_id } } }));

// Sales

export const GROUPS = ["day", "hour", "outlet", "product", "category", "tender", "cashier"] as const;
export type Group = (typeof GROUPS)[number];

export interface Figures {
  orders: number | null;
  qty: number | null;
  amount: number;
}

export interface GroupRow extends Figures {
  key: string;
  name: string | null;
  last_week: Figures | null;
}

export interface SalesFilter {
  from: string;
  to: string;
  outlet_id?: string | undefined;
  compare?: "last_week" | undefined;
}

export const readSalesBy = (group: Group, filter: SalesFilter, cursor: string | undefined, limit: number) =>
  body(
    pending.GET<Page<GroupRow>>("/v1/hq/sales/by", { params: { query: given({ group, ...filter, cursor, limit }) } }),
  );

export interface OrderFilter {
  q?: string | undefined;
  outlet_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  min_total?: number | undefined;
  max_total?: number | undefined;
}

export const listOrders = (filter: OrderFilter, cursor: string | undefined, limit: number) =>
  body(pending.GET<Page<Schemas["Sale"]>>("/v1/hq/orders", { params: { query: given({ ...filter, cursor, limit }) } }));
