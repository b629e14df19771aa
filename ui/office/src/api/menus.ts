// Menus, and prices that are set in advance.

import { body, data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import { useQuery } from "@tanstack/react-query";
import { given, ifMatch, readAll } from "./lists";
import type { Product } from "./queries";

type Schemas = components["schemas"];
export type Menu = Schemas["Menu"];
export type NewMenu = Schemas["NewMenu"];
export type MenuPrice = Schemas["MenuPrice"];
export type MenuOutlets = Schemas["MenuOutlets"];
export type PriceChange = Schemas["PriceChange"];
export type NewPriceChanges = Schemas["NewPriceChanges"];
export type Delivery = Schemas["Delivery"];
type Tender = Schemas["Tender"];

/** Prices of one request. */
const AT_ONCE = 500;

export function useMenus() {
  return useQuery({
    queryKey: ["catalog", "menus"],
    queryFn: async () => {
      const rows = await readAll<Menu>((cursor, limit) =>
        body(hub.GET("/v1/hq/menus", { params: { query: given({ cursor, limit }) } })),
      );
      return rows.sort((a, b) => b.priority - a.priority || a.name.localeCompare(b.name));
    },
  });
}

/** The delivery platforms that the tills offer. */
export function usePlatforms(): Tender[] {
  const tenders = useQuery({
    queryKey: ["catalog", "tenders", "platforms"],
    queryFn: () =>
      readAll<Tender>((cursor, limit) =>
        body(hub.GET("/v1/hq/tenders", { params: { query: given({ cursor, limit }) } })),
      ),
  });
  return (tenders.data ?? []).filter((tender) => tender.special === "platform");
}

/** All products by name: a price is set for any of them. */
export function useAllProducts() {
  return useQuery({
    queryKey: ["catalog", "products", "all"],
    queryFn: async () => {
      const rows = await readAll<Product>((cursor, limit) =>
        body(hub.GET("/v1/hq/products", { params: { query: given({ cursor, limit }) } })),
      );
      return rows.sort((a, b) => a.name.localeCompare(b.name));
    },
  });
}

const of = (id: string) => ({ params: { path: { id } } });

export const readMenuPrices = (id: string) => data(hub.GET("/v1/hq/menus/{id}/prices", of(id)));

export const readMenuOutlets = (id: string) => data(hub.GET("/v1/hq/menus/{id}/outlets", of(id)));

export const createMenu = (menu: NewMenu) => data(hub.POST("/v1/hq/menus", { body: menu }));

export const changeMenu = ({ id, version }: Menu, change: Schemas["MenuChange"]) =>
  data(hub.PATCH("/v1/hq/menus/{id}", { params: { path: { id }, header: ifMatch(version) }, body: change }));

export const deleteMenu = ({ id, version }: Menu) =>
  body(hub.DELETE("/v1/hq/menus/{id}", { params: { path: { id }, header: ifMatch(version) } }));

export const putMenuOutlets = (id: string, outlet_ids: "all" | string[]) =>
  data(hub.PUT("/v1/hq/menus/{id}/outlets", { ...of(id), body: { outlet_ids } }));

export async function changeMenuPrices(id: string, prices: MenuPrice[]): Promise<void> {
  for (let at = 0; at < prices.length; at += AT_ONCE) {
    await data(hub.PATCH("/v1/hq/menus/{id}/prices", { ...of(id), body: { prices: prices.slice(at, at + AT_ONCE) } }));
  }
}

export const listMenuDelivery = (id: string) =>
  readAll<Delivery>((cursor, limit) =>
    body(hub.GET("/v1/hq/menus/{id}/delivery", { params: { path: { id }, query: given({ cursor, limit }) } })),
  );

export const listPriceChanges = (cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/price-changes", { params: { query: given({ cursor, limit }) } }));

export const planPrices = (changes: NewPriceChanges) => data(hub.POST("/v1/hq/price-changes", { body: changes }));

export const deletePriceChange = (id: string) => body(hub.DELETE("/v1/hq/price-changes/{id}", of(id)));

export const listPriceDelivery = (id: string) =>
  readAll<Delivery>((cursor, limit) =>
    body(hub.GET("/v1/hq/price-changes/{id}/delivery", { params: { path: { id }, query: given({ cursor, limit }) } })),
  );
