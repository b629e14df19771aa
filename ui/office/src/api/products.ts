// Products: the list, what outlets have of one, and changes of many.

import { body, data } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import type { Page } from "@shared/api/pages";
import type { PRODUCT_SORTS } from "../filters";
import { given } from "./lists";
import { type BulkChange, type BulkResult, type Delivery, type OutletPrice, pending, type Success } from "./pending";

export type { BulkChange, BulkResult, Delivery, OutletPrice };

export interface ProductFilter {
  q: string | undefined;
  category_id: string | undefined;
  sort: (typeof PRODUCT_SORTS)[number];
}

export const listProducts = (filter: ProductFilter, cursor: string | undefined, limit: number) =>
  body(
    pending.GET<Page<components["schemas"]["Product"]>>("/v1/hq/products", {
      params: { query: given({ ...filter, cursor, limit }) },
    }),
  );

const pageOf = (id: string, cursor: string | undefined, limit: number) => ({
  params: { path: { id }, query: given({ cursor, limit }) },
});

export const listOutletPrices = (id: string, cursor: string | undefined, limit: number) =>
  body(pending.GET<Page<OutletPrice>>("/v1/hq/products/{id}/outlets", pageOf(id, cursor, limit)));

export const listDelivery = (id: string, cursor: string | undefined, limit: number) =>
  body(pending.GET<Page<Delivery>>("/v1/hq/products/{id}/delivery", pageOf(id, cursor, limit)));

/** `key` makes a repeated request the same one. */
export const changeProducts = (change: BulkChange, key: string) =>
  data(
    pending.POST<Success<BulkResult>>("/v1/hq/products/bulk", {
      params: { header: { "Idempotency-Key": key } },
      body: change,
    }),
  );

export const undoProducts = (change_id: string) =>
  data(pending.POST<Success<BulkResult>>("/v1/hq/products/bulk/{change_id}/undo", { params: { path: { change_id } } }));
