import { expect, test } from "vitest";
import { change } from "./fields";
import id from "./text/id.json";

const word = (group: string, name: string) => (id as Record<string, string>)[`audit.${group}.${name}`] ?? name;

test.each([
  ["price", 20000, 25000, "Harga: Rp 20.000 → Rp 25.000"],
  ["rate_bp", 1000, 1250, "Tarif: 10% → 12,5%"],
  ["active", true, false, "Aktif: ya → tidak"],
  ["role", "cashier", "manager", "Peran: Kasir → Manajer"],
  ["phone", null, "0812", "Telepon: – → 0812"],
  [
    "variants",
    [],
    [
      { id: "a", name: "Panas" },
      { id: "b", name: "Dingin" },
    ],
    "Varian: – → Panas, Dingin",
  ],
  ["order_types", ["dine_in"], null, "Jenis pesanan: dine_in → –"],
  ["category_id", "0190", "0191", "Kategori diganti"],
  ["image", null, "ab12", "Foto diganti"],
  ["later_field", 1, 2, "later_field: 1 → 2"],
])("a change of %s", (field, before, after, expected) => {
  expect(change(field, before, after, word).replaceAll("\u00a0", " ")).toBe(expected);
});

test("the text of a code for machines is cut", () => {
  const line = change("qris_payload", null, "0".repeat(200), word);
  expect(line).toMatch(/→ 0{80}…$/);
});
