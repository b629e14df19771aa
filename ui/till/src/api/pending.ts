// Shapes of the API that the outlet does not describe yet. Each goes when its endpoint lands.

import { outlet } from "@shared/api/client";
import type { components } from "@shared/api/generated/outlet";

type Schemas = components["schemas"];

export interface Product {
  id: string;
  code?: string | null;
  barcode?: string | null;
  name: string;
  category_id?: string | null;
  price: number;
  available: boolean;
  position?: number | null;
  variants: Schemas["Variant"][];
  modifier_groups: Schemas["ModifierGroup"][];
  image?: string | null;
}

export interface Category {
  id: string;
  name: string;
  position: number;
  color?: string | null;
}

export interface CatalogAnswer {
  version: string;
  full: boolean;
  categories: Category[];
  products: Product[];
  tables: Schemas["Table"][];
  settings: Schemas["ShopSettings"];
  deleted?: { categories: string[]; products: string[]; tables: string[] };
}

export interface OrderSummary {
  id: string;
  order_number: string;
  business_date: string;
  status: Schemas["OrderStatus"];
  order_type: Schemas["OrderType"];
  table_number?: string | null;
  customer_name?: string | null;
  total: number;
  paid: number;
  items: number;
  cashier_id?: string | null;
  cashier_name?: string | null;
  created_at: string;
  paid_at?: string | null;
}

type Call = (
  path: string,
  init?: Record<string, unknown>,
) => Promise<{ data?: { data?: never; next_cursor?: string | null }; response: Response }>;

/** The outlet's API without its types. */
export const untyped = outlet as unknown as { GET: Call; POST: Call };
