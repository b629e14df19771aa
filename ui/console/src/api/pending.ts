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
