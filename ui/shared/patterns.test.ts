import { expect, test } from "vitest";
import { patternsText, typedPatterns } from "./patterns";

test("patterns are typed one a line, with a factor if it is not 1", () => {
  const patterns = [
    { pattern: "21IIIIIPPPPPC", factor: 1 },
    { pattern: "22IIIIIPPPPPC", factor: 100 },
  ];
  expect(patternsText(patterns)).toBe("21IIIIIPPPPPC\n22IIIIIPPPPPC × 100");
  expect(typedPatterns(patternsText(patterns))).toEqual(patterns);
  expect(typedPatterns(" 21iiiiipppppc \n\n22IIIIIPPPPPC x100")).toEqual(patterns);
  expect(typedPatterns("")).toEqual([]);
  for (const wrong of ["21IIIIIPPPPP", "21IIIIIPPPPPC ×", "21IIIIIPPPPPC 100"]) expect(typedPatterns(wrong)).toBeNull();
});
