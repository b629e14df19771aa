// Fails if the till's first download is larger than its budget: what index.html loads, compressed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGETS = { js: 200_000, css: 40_000 };
const folder = "dist/till";

const html = readFileSync(join(folder, "index.html"), "utf8");
const files = [...html.matchAll(/(?:src|href)="\/till\/(assets\/[^"]+\.(js|css))"/g)];
const sizes = { js: 0, css: 0 };
for (const [, path, kind] of files) sizes[kind] += gzipSync(readFileSync(join(folder, path)), { level: 9 }).length;
for (const [kind, budget] of Object.entries(BUDGETS)) {
  const line = `till ${kind}: ${(sizes[kind] / 1_000).toFixed(1)} kB of ${budget / 1_000} kB`;
  if (sizes[kind] === 0 || sizes[kind] > budget) {
    console.error(`${line}: over the budget`);
    process.exitCode = 1;
  } else console.log(line);
}
