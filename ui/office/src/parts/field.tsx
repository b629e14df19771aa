import { useText } from "../text";

const FIELDS = [
  "name",
  "price",
  "available",
  "category_id",
  "code",
  "barcode",
  "tax_group",
  "station",
  "variants",
  "modifier_groups",
  "position",
  "unit",
  "qty_scale",
  "scale_code",
  "rate_bp",
  "active",
  "role",
  "username",
  "phone",
  "email",
  "note",
  "address",
  "tax_number",
  "receipt_footer",
  "legal_name",
  "branch_tax_number",
  "regional_tax_number",
  "receipt_url",
  "print_receipt",
  "barcode_patterns",
  "zone",
  "cutoff_minutes",
  "cash_rounding_step",
  "cash_rounding_mode",
  "discount_limit_cashier_bp",
  "discount_limit_waiter_bp",
  "refund_days",
  "valid_from",
  "title",
  "body",
  "deleted",
] as const;

/** The word for a synced field; an unknown field as it is. */
export function useFieldWord(): (field: string | null | undefined) => string {
  const t = useText();
  return (field) => {
    const known = FIELDS.find((each) => each === field);
    return known === undefined ? (field ?? "–") : t(`field.${known}`);
  };
}
