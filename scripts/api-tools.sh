#!/bin/sh
# Installs the tools that test and validate the APIs, in the versions of tests/api/, and prints their folder: `python/bin`
# has schemathesis, the validators, openapi-python-client and prometheus_client, `node/node_modules` the rest.
set -eu

tools="$(pwd)/target/test-api"
python="$tools/python"
if ! cmp -s tests/api/requirements.txt "$python/requirements.txt"; then
  rm -rf "$python"
  python3 -m venv "$python"
  "$python/bin/pip" install --quiet --disable-pip-version-check --requirement tests/api/requirements.txt >&2
  cp tests/api/requirements.txt "$python/requirements.txt"
fi
PATH="$(sh scripts/node.sh):$PATH"
export PATH
node="$tools/node"
if ! cmp -s tests/api/package-lock.json "$node/installed.json"; then
  rm -rf "$node"
  mkdir -p "$node"
  cp tests/api/package.json tests/api/package-lock.json "$node/"
  npm ci --prefix "$node" --silent --no-audit --no-fund --no-update-notifier --ignore-scripts >&2
  cp tests/api/package-lock.json "$node/installed.json"
fi
echo "$tools"
