import { expect, test } from "vitest";
import { valueText } from "./value";

const words = { yes: "ya", no: "tidak", none: "kosong" };

test("stored values are shown in words", () => {
  expect(valueText("25000", "price", words)).toBe("Rp\u00a025.000");
  expect(valueText("25000", "position", words)).toBe("25000");
  expect(valueText('"Kopi Susu"', "name", words)).toBe("Kopi Susu");
  expect(valueText("Kopi Susu", "name", words)).toBe("Kopi Susu");
  expect(valueText("true", "available", words)).toBe("ya");
  expect(valueText(null, "name", words)).toBe("kosong");
  expect(valueText('[{"id":"a","name":"Kecil","price":9000}]', "variants", words)).toBe("Kecil Rp\u00a09.000");
});
