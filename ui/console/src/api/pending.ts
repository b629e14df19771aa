// Endpoints that the API's description does not have yet. Each leaves this file once the description has it.

import { body, data, outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";
import type { Page } from "@shared/api/pages";

type Known = components["schemas"];

interface Init {
  params?: { query?: object; path?: object; header?: object };
  body?: unknown;
  signal?: AbortSignal;
  bodySerializer?: (body: unknown) => unknown;
  headers?: object;
}
interface Untyped {
  request(method: string, path: string, init: Init): Promise<{ data?: unknown }>;
}
const untyped = outlet as unknown as Untyped;

async function call<Data>(method: string, path: string, init: Init = {}): Promise<Data> {
  return data(untyped.request(method, path, init) as Promise<{ data?: { data?: Data } }>);
}

export interface Alarm {
  code: string;
  severity: "warning" | "error";
  message: string;
  args: Record<string, unknown>;
}

export interface Status {
  server_time: string;
  business_date: string;
  business_date_ends_at: string;
  utc_offset_minutes: number;
  version: string;
  outlet: { id: string | null; code: string | null; name: string | null };
  sync: {
    state: "in_step" | "waiting" | "offline" | "stopped" | "off";
    pending: number;
    failed: number;
    complete_until: string | null;
    last_success_at: string | null;
  };
  devices_waiting: { sales: number; devices: number };
  alarms: Alarm[];
}

export interface Today {
  business_date: string;
  orders: number;
  sales: number;
  average: number;
  voids: number;
  open_orders: number;
  open_amount: number;
  by_hour: { hour: number; orders: number; sales: number }[];
  by_tender: { method: string; amount: number }[];
  top_products: { product_id: string; name: string; qty: number; amount: number }[];
  same_day_last_week: { orders: number; sales: number };
}

export interface SyncPoint {
  from: string;
  sent: number;
  failed: number;
  rounds: number;
  failed_rounds: number;
  pending_max: number;
  delay_ms_p50: number | null;
  delay_ms_p99: number | null;
}

export interface ItemResult {
  id: number;
  ok: boolean;
  outcome: "not_sent" | "reverted" | null;
  error: string | null;
  message: string | null;
}

export interface Job {
  id: string;
  kind: string;
  state: "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number | null;
  started_at: string;
  ended_at: string | null;
  result: Known["VerifyReport"] | null;
  error: { code: string; message: string } | null;
}

export type CategoryColor = "clay" | "amber" | "olive" | "green" | "teal" | "blue" | "violet" | "rose";
export type PricedChange =
  | { set: number; round_to?: number }
  | { add: number; round_to?: number }
  | { percent_bp: number; round_to?: number };

export interface BulkBody {
  ids?: string[];
  category_id?: string;
  price?: PricedChange;
  available?: boolean;
  dry_run?: boolean;
}
export interface BulkRow {
  id: string;
  name: string;
  old_price: number;
  new_price: number;
  old_available: boolean;
  new_available: boolean;
  /** Variants whose price changes. */
  variants: { id: string; name: string; old_price: number; new_price: number }[];
}
export type SkipReason = "not_found" | "unreadable" | "has_variants" | "out_of_range" | "changed_since" | "deleted";
export interface BulkAnswer {
  change_id: string | null;
  changed: BulkRow[];
  skipped: { id: string; name?: string | null; reason: SkipReason }[];
}

export type Product = Known["Product"] & {
  position: number;
  image: string | null;
};
export interface ProductQuery {
  q?: string;
  category_id?: string;
  available?: boolean;
  barcode?: string;
  sort?: string;
  limit?: number;
  cursor?: string;
}

export type Category = Known["Category"] & { color: CategoryColor | null };

export type Conflict = Known["Conflict"] & { undoable: boolean };

export type NewJob = { kind: "verify"; repair?: boolean } | { kind: "resync"; scope?: "owned" | "shared" | "all" };

// Status, today and sync [R2]

export const getStatus = (signal: AbortSignal): Promise<Status> => call("get", "/api/v1/status", { signal });
export const getToday = (signal: AbortSignal): Promise<Today> => call("get", "/api/v1/today", { signal });
export const getSyncHistory = (
  /** Days of the shop's calendar, both included. */
  query: { from: string; to: string; step: "hour" | "day" },
  signal: AbortSignal,
): Promise<SyncPoint[]> => call("get", "/api/v1/sync/history", { params: { query }, signal });
export const retryItems = (ids: number[]): Promise<ItemResult[]> =>
  call("post", "/api/v1/sync/failed/retry", { body: { ids } });
export const discardItems = (ids: number[], reason: string): Promise<ItemResult[]> =>
  call("post", "/api/v1/sync/failed/discard", { body: { ids, reason } });
export const listConflicts = (
  query: { status: string; limit: number; cursor?: string },
  signal: AbortSignal,
): Promise<Page<Conflict>> =>
  body(
    untyped.request("get", "/api/v1/sync/conflicts", { params: { query }, signal }) as Promise<{
      data?: Page<Conflict>;
    }>,
  );
export const undoConflict = (id: string): Promise<Conflict> =>
  call("post", "/api/v1/sync/conflicts/{id}/undo", { params: { path: { id } } });
export const startJob = (job: NewJob): Promise<Job> => call("post", "/api/v1/jobs", { body: job });
export const listJobs = (signal: AbortSignal): Promise<Job[]> => call("get", "/api/v1/jobs", { signal });
export const cancelJob = async (id: string): Promise<void> => {
  await untyped.request("delete", "/api/v1/jobs/{id}", { params: { path: { id } } });
};

// Catalog [R3]

export const listProducts = (query: ProductQuery, signal: AbortSignal): Promise<Page<Product>> =>
  body(untyped.request("get", "/api/v1/products", { params: { query }, signal }) as Promise<{ data?: Page<Product> }>);
export const getProduct = (id: string, signal: AbortSignal): Promise<Product> =>
  call("get", "/api/v1/products/{id}", { params: { path: { id } }, signal });
/** `key` identifies the command: sent again, it is not executed twice. */
export const changeProducts = (change: BulkBody, key?: string): Promise<BulkAnswer> =>
  call("post", "/api/v1/products/bulk", {
    params: key === undefined ? {} : { header: { "Idempotency-Key": key } },
    body: change,
  });
export const undoChange = (change: string): Promise<BulkAnswer> =>
  call("post", "/api/v1/products/bulk/{id}/undo", { params: { path: { id: change } } });
export const putImage = async (id: string, image: Blob): Promise<void> => {
  await untyped.request("put", "/api/v1/products/{id}/image", {
    params: { path: { id } },
    body: image,
    bodySerializer: (sent) => sent,
    headers: { "content-type": image.type },
  });
};
export const deleteImage = async (id: string): Promise<void> => {
  await untyped.request("delete", "/api/v1/products/{id}/image", { params: { path: { id } } });
};
