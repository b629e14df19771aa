#!/bin/sh
# Tests a real outlet and a real hub against their API descriptions, with valid and invalid requests: no 5xx, no status and
# no body that the description lacks, no access without permission. Then reads their metrics with Prometheus' parser.
#   scripts/test-api.sh                     both; name outlet or hub for one; further arguments go to schemathesis
#   scripts/test-api.sh outlet --include-path /api/v1/orders
set -eu

which="outlet hub"
case "${1:-}" in outlet | hub)
  which=$1
  shift
  ;;
esac

root=$(pwd)
tools=$(sh scripts/api-tools.sh)
cargo build --quiet --package gerai
program="${CARGO_TARGET_DIR:-$root/target}/debug/gerai"
# Executes a program with an empty environment: a developer's settings change no result. Variables may precede it.
clean() { exec env -i PATH="$PATH" HOME="$HOME" "$@"; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/gerai-api-XXXXXX")
pids=""
finish() {
  for pid in $pids; do
    kill "$pid" 2>/dev/null && wait "$pid" || true
  done
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$dir"

# Starts a server and sets $url when it listens. Arguments: name, variables, program and its arguments.
start() {
  name=$1
  shift
  clean "$@" >"$name.out" 2>"$name.log" </dev/null &
  pids="$pids $!"
  tries=0
  while ! url=$(sed -n 's/.* listening on //p' "$name.out" | grep .); do
    tries=$((tries + 1))
    if ! kill -0 "$!" 2>/dev/null || [ "$tries" -ge 300 ]; then
      echo "test-api: the $name did not start:" >&2
      cat "$name.out" "$name.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

log_in() {
  curl --silent --fail --json "$2" "$1" | jq --raw-output .data.token
}

# Each problem is printed with its request.
ask() {
  name=$1
  session_path=$2
  shift 2
  printf '\n-- %s\n' "$name"
  "$tools/python/bin/schemathesis" --config-file "$root/tests/api/$name.toml" run --no-color "$@" "$url/openapi.json" || {
    echo "test-api: the last log lines of the $name:" >&2
    tail -n 20 "$name.log" >&2
    exit 1
  }
  "$tools/python/bin/python" "$root/tests/api/metrics.py" "$url/metrics"
  curl --silent --fail --output /dev/null --header "Authorization: Bearer $SESSION" "$url$session_path" || {
    echo "test-api: the session at the $name ended during the test, so its later requests were not tested" >&2
    exit 1
  }
}

keyed=$(clean "$program" hub outlet add --code API-001 --name "Keyed" --json 2>hub-add.log)
linked=$(clean "$program" hub outlet add --code API-002 --name "Linked" --json)
echo "secret-secret" | clean "$program" hub user add --username boss --role admin --password-stdin >/dev/null
start hub "$program" hub --listen 127.0.0.1:0
hub=$url

for name in $which; do
  if [ "$name" = hub ]; then
    url=$hub
    OUTLET_ID=$(echo "$keyed" | jq --raw-output .outlet_id)
    OUTLET_KEY=$(echo "$keyed" | jq --raw-output .api_key)
    SESSION=$(log_in "$url/v1/hq/auth/login" '{"username": "boss", "password": "secret-secret"}')
    export OUTLET_ID OUTLET_KEY SESSION
    ask hub /v1/hq/health "$@"
  else
    start outlet SYNC_ENABLED=true CLOUD_API_URL="$hub/v1" OUTLET_CODE=API-002 \
      OUTLET_ID="$(echo "$linked" | jq --raw-output .outlet_id)" \
      CLOUD_API_KEY="$(echo "$linked" | jq --raw-output .api_key)" \
      WEBHOOK_SECRET="whsec_$(head -c 32 /dev/urandom | base64)" "$program" --db "$dir/pos.db" --port 0
    SESSION=$(log_in "$url/api/v1/auth/login" '{"username": "admin", "password": "1234"}')
    export SESSION
    ask outlet /api/v1/sync/health "$@"
  fi
done
