import { expect, test } from "vitest";
import { choice, date, text } from "./search";

test("filters that make no sense are left out of the address", () => {
  expect(text({ q: "kopi" }, "q")).toEqual({ q: "kopi" });
  expect(text({ q: "" }, "q")).toEqual({});
  expect(choice({ sort: "name" }, "sort", ["name"])).toEqual({ sort: "name" });
  expect(choice({ sort: "drop table" }, "sort", ["name"])).toEqual({});
  expect(date({ from: "2026-02-28" }, "from")).toEqual({ from: "2026-02-28" });
  expect(date({ from: "2026-02-30" }, "from")).toEqual({});
  expect(date({ from: "yesterday" }, "from")).toEqual({});
  // The router lays what is read over the address.
  const address = { tab: "", q: "" };
  expect({ ...address, ...choice(address, "tab", ["prices"]), ...text(address, "q") }).toEqual({});
});
