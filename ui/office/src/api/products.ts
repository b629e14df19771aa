// Products: the list, what outlets have of one, and changes of many.

import { body, data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import type { PRODUCT_SORTS } from "../filters";
import { given } from "./lists";

type Schemas = components["schemas"];
export type OutletPrice = Schemas["OutletPrice"];
export type Delivery = Schemas["Delivery"];
export type BulkChange = Schemas["BulkRequest"];
export type BulkResult = Schemas["BulkResult"];

export interface ProductFilter {
  q: string | undefined;
  category_id: string | undefined;
  sort: (typeof PRODUCT_SORTS)[number];
}

export const listProducts = (filter: ProductFilter, cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/products", { params: { query: given({ ...filter, cursor, limit }) } }));

const pageOf = (id: string, cursor: string | undefined, limit: number) => ({
  params: { path: { id }, query: given({ cursor, limit }) },
});

export const listOutletPrices = (id: string, cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/products/{id}/outlets", pageOf(id, cursor, limit)));

export const listDelivery = (id: string, cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/products/{id}/delivery", pageOf(id, cursor, limit)));

/** `key` makes a repeated request the same one. */
export const changeProducts = (change: BulkChange, key: string) =>
  data(hub.POST("/v1/hq/products/bulk", { params: { header: { "Idempotency-Key": key } }, body: change }));

export const undoProducts = (change_id: string) =>
  data(hub.POST("/v1/hq/products/bulk/{change_id}/undo", { params: { path: { change_id } } }));
