// The words on the pages, in Indonesian: tests find things as people do.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

type App = "till" | "console" | "office";

const read = (app: App | "shared"): Record<string, string> =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../${app}/text/id.json`, import.meta.url)), "utf8"));

/** The texts of an app. A missing id fails the test, and values fill `{name}`. */
export function words(app: App): (id: string, values?: Record<string, string | number>) => string {
  const texts = { ...read("shared"), ...read(app) };
  return (id, values = {}) => {
    const text = texts[id];
    if (text === undefined) throw new Error(`${app} has no text ${id}`);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}
