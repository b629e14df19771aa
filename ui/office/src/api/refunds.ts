// Refunds, and the people who made them.

import { body, data, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { given, readAll } from "./lists";

type Schemas = components["schemas"];
export type RefundSummary = Schemas["RefundSummary"];

export interface RefundFilter {
  outlet_id?: string | undefined;
  order_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export const listRefunds = (filter: RefundFilter, cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/refunds", { params: { query: given({ ...filter, cursor, limit }) } }));

export const readRefund = (id: string) => data(hub.GET("/v1/hq/refunds/{id}", { params: { path: { id } } }));

/** The names of an outlet's users by id. */
export function useOutletNames(outlet_id: string | undefined): (id: string | null | undefined) => string | null {
  const names = useQuery({
    queryKey: ["outlets", "names", outlet_id ?? ""],
    queryFn: async () => {
      const users = await readAll<Schemas["OutletUser"]>((cursor, limit) =>
        body(
          hub.GET("/v1/hq/outlets/{outlet_id}/users", {
            params: { path: { outlet_id: outlet_id ?? "" }, query: { ...given({ cursor, limit }), deleted: true } },
          }),
        ),
      );
      return new Map(users.map(({ id, name, username }) => [id, name || username]));
    },
    enabled: outlet_id !== undefined,
  });
  return useCallback((id) => names.data?.get(id ?? "") ?? null, [names.data]);
}
