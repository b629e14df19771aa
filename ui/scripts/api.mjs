// Generates the types of both APIs from docs/openapi, unless they are newer than the descriptions.
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";

const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

mkdirSync("shared/api/generated", { recursive: true });
for (const server of ["outlet", "hub"]) {
  const [described, types] = [`../docs/openapi/${server}.json`, `shared/api/generated/${server}.d.ts`];
  if (changed(types) > changed(described)) continue;
  execFileSync("node_modules/.bin/openapi-typescript", [described, "--output", types], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
