// Reads that several pages share. A key begins with the topic of the events that make it outdated.

import { body, data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { given, readAll } from "./lists";
import { readOutlet } from "./outlets";

export type Schemas = components["schemas"];
export type OutletSummary = Schemas["OutletSummary"];
export type Product = Schemas["Product"];
export type Category = Schemas["Category"];

/** Presence and waiting changes move with time alone, so they are also read again now and then. */
const OFTEN_MS = 30_000;

export function useOutlets() {
  return useQuery({
    queryKey: ["outlets", "all"],
    queryFn: ({ signal }) =>
      readAll<OutletSummary>((cursor, limit) =>
        body(hub.GET("/v1/hq/outlets", { params: { query: given({ cursor, limit }) }, signal })),
      ),
    refetchInterval: OFTEN_MS,
  });
}

/** The outlets that take part: neither revoked nor unreadable. */
export function useActiveOutlets(): OutletSummary[] {
  const { data } = useOutlets();
  return useMemo(() => (data ?? []).filter((outlet) => outlet.state === "active"), [data]);
}

export function useOutlet(id: string, options: { refetchInterval?: number | false } = {}) {
  return useQuery({ queryKey: ["outlets", "one", id], queryFn: () => readOutlet(id), ...options });
}

export function useHealth() {
  return useQuery({
    queryKey: ["outlets", "health"],
    queryFn: () => data(hub.GET("/v1/hq/health")),
    refetchInterval: OFTEN_MS,
  });
}

export function useCategories() {
  return useQuery({
    queryKey: ["catalog", "categories"],
    queryFn: async () => {
      const rows = await readAll<Category>((cursor, limit) =>
        body(hub.GET("/v1/hq/categories", { params: { query: given({ cursor, limit }) } })),
      );
      return rows.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    },
  });
}

export function useDays(period: { from: string; to: string }, outlet_id?: string, enabled = true) {
  return useQuery({
    queryKey: ["sales", "days", period, outlet_id ?? ""],
    queryFn: () => body(hub.GET("/v1/hq/sales/daily", { params: { query: { ...period, ...given({ outlet_id }) } } })),
    select: (answer) => answer.data,
    enabled,
  });
}

export function useProduct(id: string) {
  return useQuery({
    queryKey: ["catalog", "product", id],
    queryFn: () => data(hub.GET("/v1/hq/products/{id}", { params: { path: { id } } })),
  });
}
