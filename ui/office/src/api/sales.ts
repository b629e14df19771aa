// Sales in groups, and orders.

import { body, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import type { GROUPS } from "../filters";
import { given } from "./lists";

export type Group = (typeof GROUPS)[number];
export type GroupRow = components["schemas"]["List_GroupSales"]["data"][number];

export interface SalesFilter {
  from: string;
  to: string;
  outlet_id: string | undefined;
  compare: "last_week" | undefined;
}

export const readSalesBy = (group: Group, filter: SalesFilter, cursor: string | undefined, limit: number) => {
  const { from, to, ...others } = filter;
  return body(
    hub.GET("/v1/hq/sales/by", { params: { query: { group, from, to, ...given({ ...others, cursor, limit }) } } }),
  );
};

export interface OrderFilter {
  q?: string | undefined;
  outlet_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  min_total?: number | undefined;
  max_total?: number | undefined;
}

export const listOrders = (filter: OrderFilter, cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/orders", { params: { query: given({ ...filter, cursor, limit }) } }));
