// Words for the fields of master data and for their values, as the audit log has them: columns of the outlet's database.

import { rupiah } from "../money";
import { percentText } from "../percent";

/** The word of a field or a value, or itself if there is none. */
type Word = (group: "field" | "value", name: string) => string;

const MONEY = ["price", "chain_price", "cash_out_limit", "cash_rounding_step"];
/** Values that have words. */
const CHOICES = ["role", "kind", "method"];

/** `Harga: Rp 20.000 → Rp 25.000`. Values that say nothing to people, such as ids, are omitted. */
export function change(field: string, before: unknown, after: unknown, word: Word): string {
  const name = word("field", field);
  if (field.endsWith("_id") || field === "image" || isRecord(before) || isRecord(after)) {
    return `${name} ${word("value", "replaced")}`;
  }
  return `${name}: ${shown(field, before, word)} → ${shown(field, after, word)}`;
}

function shown(field: string, value: unknown, word: Word): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return word("value", value ? "yes" : "no");
  if (Array.isArray(value)) return value.map((each) => nameOf(each)).join(", ") || "–";
  if (typeof value === "number") {
    if (MONEY.includes(field)) return rupiah(value);
    return field.endsWith("_bp") ? `${percentText(value)}%` : String(value);
  }
  return CHOICES.includes(field) ? word("value", String(value)) : short(String(value));
}

/** Longer texts, such as codes for machines, are cut. */
const LONGEST = 80;

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** The name of a variant or a group of modifiers; a plain text as it is. */
function nameOf(value: unknown): string {
  return isRecord(value) ? String(value.name ?? "–") : String(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
