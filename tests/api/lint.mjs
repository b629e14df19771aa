// Lints API descriptions with Redocly's strict rules; warnings fail too.
//   node lint.mjs outlet.json hub.json
import { createConfig, lint } from "@redocly/openapi-core";

const config = await createConfig({
  extends: ["recommended-strict"],
  rules: {
    "spec-strict-refs": "error",
    "no-unresolved-refs": "error",
    "operation-parameters-unique": "error",
    "no-schema-type-mismatch": "error",
    "no-required-schema-properties-undefined": "error",
    "no-duplicated-tag-names": "error",
  },
});

let count = 0;
for (const ref of process.argv.slice(2)) {
  for (const problem of await lint({ ref, config })) {
    const at = problem.location[0];
    console.error(`${ref} ${at?.pointer ?? ""}: ${problem.ruleId}: ${problem.message}`);
    count += 1;
  }
}
process.exit(count === 0 ? 0 : 1);
