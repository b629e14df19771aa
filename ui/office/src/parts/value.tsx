import { Text } from "@mantine/core";
import { rupiah } from "@shared/money";
import { useText } from "../text";

/** Fields whose whole numbers are amounts. */
const AMOUNTS = new Set([
  "price",
  "subtotal",
  "discount",
  "service",
  "tax",
  "total",
  "paid",
  "rounding",
  "cash_out_limit",
]);

/** A stored value of a field, for people: JSON texts lose their quotes, amounts get their unit. */
export function Value({ value, field }: { value: string | null | undefined; field: string | null | undefined }) {
  const t = useText();
  const words = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  const shown = valueText(value, field, words);
  return shown === words.none ? (
    <Text component="span" c="dimmed">
      {shown}
    </Text>
  ) : (
    <span className="name">{shown}</span>
  );
}

interface Words {
  yes: string;
  no: string;
  none: string;
}

export function valueText(value: string | null | undefined, field: string | null | undefined, words: Words): string {
  if (value === null || value === undefined || value === "" || value === "null" || value === '""') return words.none;
  const parsed = parse(value);
  if (parsed === true) return words.yes;
  if (parsed === false) return words.no;
  if (typeof parsed === "number") {
    return Number.isSafeInteger(parsed) && AMOUNTS.has(field ?? "") ? rupiah(parsed) : String(parsed);
  }
  if (Array.isArray(parsed)) return parsed.map(nameOf).join(", ");
  if (typeof parsed === "object" && parsed !== null) return nameOf(parsed);
  return String(parsed);
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Variants and groups are shown by their names; anything else as it is. */
function nameOf(entry: unknown): string {
  if (typeof entry === "object" && entry !== null && "name" in entry && typeof entry.name === "string") {
    const price = "price" in entry && typeof entry.price === "number" ? ` ${rupiah(entry.price)}` : "";
    return `${entry.name}${price}`;
  }
  return typeof entry === "string" ? entry : JSON.stringify(entry);
}
