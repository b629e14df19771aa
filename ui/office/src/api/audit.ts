// The audit logs of outlets.

import { body, hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";
import { given, readAll } from "./lists";

type Schemas = components["schemas"];
export type AuditEntry = Schemas["OutletAuditEntry"];
export type AuditHead = Schemas["AuditHead"];

export interface AuditFilter {
  outlet_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  action?: Schemas["AuditAction"] | undefined;
}

export const listAudit = (filter: AuditFilter, cursor: string | undefined, limit: number) =>
  body(hub.GET("/v1/hq/audit", { params: { query: given({ ...filter, cursor, limit }) } }));

export const readAuditHeads = () =>
  readAll<AuditHead>((cursor, limit) =>
    body(hub.GET("/v1/hq/audit/heads", { params: { query: given({ cursor, limit }) } })),
  );
