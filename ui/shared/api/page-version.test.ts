import { expect, test } from "vitest";
import { scriptOf } from "./page-version";

test("the first script names the build of a page; an answer without one names none", () => {
  const index =
    '<link rel="icon" href="/icon.svg" /><script type="module" crossorigin src="/admin/assets/index-1a2b.js"></script>';
  expect(scriptOf(index)).toBe("/admin/assets/index-1a2b.js");
  expect(scriptOf('{"success":false,"error":"stopping"}')).toBeNull();
});
