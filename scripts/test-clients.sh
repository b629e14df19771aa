#!/bin/sh
# Checks the API descriptions with two strict validators, whose warnings fail too, and with two client generators, whose
# clients must compile and have every operation.
#   scripts/test-clients.sh             docs/openapi
#   scripts/test-clients.sh FOLDER      another folder with outlet.json and hub.json
set -eu

api=$(cd "${1:-docs/openapi}" && pwd)
tools=$(sh scripts/api-tools.sh)
PATH="$(sh scripts/node.sh):$PATH"
export PATH
python="$tools/python/bin"
# Node looks up modules beside the importing file.
cp tests/api/lint.mjs tests/api/use.ts "$tools/node/"
config=$(pwd)/tests/api/openapi-python-client.yml
cd "$tools/node"

for name in outlet hub; do
  printf -- '-- the description of the %s\n' "$name"
  "$python/openapi-spec-validator" "$api/$name.json"
  node lint.mjs "$api/$name.json"

  node_modules/.bin/openapi-typescript "$api/$name.json" --output "$name.ts" >"$name.out" 2>&1 || {
    cat "$name.out" >&2
    exit 1
  }
  rm -rf "python/$name"
  mkdir -p python
  "$python/openapi-python-client" generate --fail-on-warning --config "$config" --meta none --path "$api/$name.json" \
    --output-path "python/$name" --overwrite >"$name.out" 2>&1 || {
    cat "$name.out" >&2
    exit 1
  }
done
node_modules/.bin/tsc --strict --noEmit --target es2022 --module nodenext use.ts
"$python/python" "$OLDPWD/tests/api/clients.py" "$api" python outlet hub
