// Checks the texts: both languages have the same ids with the same arguments, each id is used, and each used id exists.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const apps = ["shared", "till", "console", "office", "kitchen", "display", "shared/audit", "till/src/print"];
const errors = [];
const read = (app, language) => JSON.parse(readFileSync(`${app}/text/${language}.json`, "utf8"));
const args = (text) => [...new Set([...text.matchAll(/\{\s*(\w+)/g)].map((found) => found[1]))].sort().join(" ");

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [readFileSync(path, "utf8")] : [];
  });
}

const code = Object.fromEntries(apps.map((app) => [app, sources(app).join("\n")]));
for (const app of apps) {
  const [id, en] = [read(app, "id"), read(app, "en")];
  for (const key of new Set([...Object.keys(id), ...Object.keys(en)])) {
    if (id[key] === undefined || en[key] === undefined) errors.push(`${app}: "${key}" is missing in one language`);
    else if (args(id[key]) !== args(en[key])) errors.push(`${app}: the arguments of "${key}" differ`);
    // Shared parts may use texts that only the apps with these parts carry.
    const users = app.startsWith("shared") ? apps : ["shared", app];
    // Ids such as `status.paid` may be put together from a prefix.
    const used = users.some(
      (user) => code[user].includes(`"${key}"`) || code[user].includes(`\`${key.replace(/[^.]*$/, "$")}`),
    );
    if (!used) errors.push(`${app}: "${key}" is not used`);
  }
}
for (const error of errors) console.error(error);
if (errors.length > 0) process.exitCode = 1;
