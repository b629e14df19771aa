// The words on the pages, in Indonesian: tests find things as people do.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

type App = "till" | "till/src/print" | "console" | "office" | "kitchen" | "display";

export type Language = "id" | "en";

const read = (app: App | "shared" | "shared/audit", language: Language): Record<string, string> =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../${app}/text/${language}.json`, import.meta.url)), "utf8"));

export type Words = (id: string, values?: Record<string, string | number>) => string;

/** The texts of an app. A missing id fails the test, and values fill `{name}`. */
export function words(app: App, language: Language = "id"): Words {
  const audit = app.startsWith("till") || app === "kitchen" || app === "display" ? {} : read("shared/audit", language);
  const texts = { ...read("shared", language), ...audit, ...read(app, language) };
  return (id, values = {}) => {
    const text = texts[id];
    if (text === undefined) throw new Error(`${app} has no text ${id}`);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}
