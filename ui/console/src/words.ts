// Words for the values of the API. A value of a later version is shown as it is.

import { clockText } from "@shared/clock";
import { grouped, rupiah } from "@shared/money";
import { percentText } from "@shared/percent";
import { useCallback } from "react";
import { type TextId, useText } from "./text";

const ENTITIES: Record<string, TextId> = {
  user: "entity.user",
  category: "entity.category",
  product: "entity.product",
  charge: "entity.charge",
  tender: "entity.tender",
  menu: "entity.menu",
  price: "entity.price",
  outlet_menu: "entity.outlet_menu",
  outlet_price: "entity.outlet_price",
  customer: "entity.customer",
  setting: "entity.setting",
  outlet_product: "entity.outlet_product",
  announcement: "entity.announcement",
  conflict: "entity.conflict",
  table: "entity.table",
  drawer: "entity.drawer",
  printer: "entity.printer",
  shift: "entity.shift",
  refund: "entity.refund",
  order: "entity.order",
};

const FIELDS: Record<string, TextId> = {
  name: "field.name",
  username: "field.username",
  role: "field.role",
  pin_hash: "field.pin",
  active: "field.active",
  position: "field.position",
  color: "field.color",
  code: "field.code",
  barcode: "field.barcode",
  category_id: "field.category",
  price: "field.price",
  tax_group: "field.tax_group",
  station: "field.station",
  available: "field.available",
  variants: "field.variants",
  modifier_groups: "field.modifier_groups",
  image: "field.image",
  kind: "field.kind",
  rate_bp: "field.rate",
  inclusive: "field.inclusive",
  valid_from: "field.valid_from",
  service_base: "field.service_base",
  method: "field.method",
  special: "field.special",
  needs_reference: "field.needs_reference",
  opens_drawer: "field.opens_drawer",
  phone: "field.phone",
  email: "field.email",
  note: "field.note",
  address: "field.address",
  tax_number: "field.tax_number",
  zone: "field.zone",
  cutoff_minutes: "field.cutoff",
  cash_rounding_step: "field.rounding_step",
  cash_rounding_mode: "field.rounding_mode",
  receipt_footer: "field.receipt_footer",
  legal_name: "field.legal_name",
  branch_tax_number: "field.branch_tax_number",
  regional_tax_number: "field.regional_tax_number",
  receipt_url: "field.receipt_url",
  print_receipt: "field.print_receipt",
  barcode_patterns: "field.barcode_patterns",
  unit: "field.unit",
  qty_scale: "field.qty_scale",
  scale_code: "field.scale_code",
  discount_limit_cashier_bp: "field.discount_limit_cashier_bp",
  discount_limit_waiter_bp: "field.discount_limit_waiter_bp",
  shift_required: "field.shift_required",
  cash_out_limit: "field.cash_out_limit",
  refund_days: "field.refund_days",
  area: "field.area",
  seats: "field.seats",
  deleted: "field.deleted",
};

/** Names for entities, fields and their values. */
export function useWords() {
  const t = useText();
  const entity = useCallback((type: string) => named(t, ENTITIES, type), [t]);
  const field = useCallback((name: string) => named(t, FIELDS, name), [t]);
  const value = useCallback(
    (name: string, found: unknown): string => {
      if (found === null || found === undefined || found === "") return t("value.none");
      if (typeof found === "boolean") return found ? t("value.yes") : t("value.no");
      if (typeof found === "number") {
        if (name === "price" || name === "cash_out_limit") return rupiah(found);
        if (name.endsWith("_bp")) return `${percentText(found)}%`;
        if (name === "cutoff_minutes") return clockText(found);
        return grouped(found);
      }
      if (typeof found === "string") return found;
      if (Array.isArray(found)) return found.map((one) => value(name, one)).join(", ");
      const object = found as Record<string, unknown>;
      if (typeof object.name === "string") {
        const price = object.price ?? object.price_delta;
        return typeof price === "number" ? `${object.name} (${rupiah(price)})` : object.name;
      }
      return Object.entries(object)
        .map(([key, inner]) => `${named(t, FIELDS, key)}: ${value(key, inner)}`)
        .join("; ");
    },
    [t],
  );
  return { entity, field, value };
}

function named(t: (id: TextId) => string, words: Record<string, TextId>, name: string): string {
  const id = words[name];
  return id === undefined ? name : t(id);
}
