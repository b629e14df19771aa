// Requests whose endpoints the hub gets together with these pages: their types are written by hand until docs/openapi has them.

import { hub } from "@shared/api/client";
import type { components } from "@shared/api/generated/hub";

type Schemas = components["schemas"];

interface Init {
  params?: { path?: Record<string, string>; query?: object; header?: Record<string, string> };
  body?: unknown;
}
type Send = <T>(path: string, init?: Init) => Promise<{ data?: T }>;

/** The hub's client, without the types of its description. */
export const pending = hub as unknown as { GET: Send; POST: Send; PATCH: Send };

export interface Success<T> {
  data: T;
}

type OutletSummary = Schemas["OutletSummary"];

export interface OutletDetail extends OutletSummary {
  enrolled_at: string | null;
  first_sale_at: string | null;
  enroll_expires_at: string | null;
  versions: { outlet: string | null; hub: string };
  keys: { created_at: string; origin: string; ended_at: string | null }[];
  epochs: { number: number; began_at: string }[];
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

export interface OutletPrice {
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
