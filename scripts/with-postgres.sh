#!/bin/sh
# Runs a command beside a temporary PostgreSQL cluster on a free loopback port, which ends with the command.
#   scripts/with-postgres.sh cargo nextest run -p hub
# The command finds its address in GERAI_TEST_POSTGRES.
set -eu

find_bin() {
  for bin in $(command -v pg_ctl 2>/dev/null) /usr/lib/postgresql/*/bin/pg_ctl /usr/pgsql-*/bin/pg_ctl; do
    if [ -x "$bin" ]; then dirname "$bin"; fi
  done | tail -n 1
}
bin=$(find_bin)
if [ -z "$bin" ]; then
  echo "with-postgres: no PostgreSQL found; install it (apt-get install postgresql) and run this again." >&2
  exit 1
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/gerai-postgres-XXXXXX")
# A server refuses to run as root.
as=""
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  id "$owner" >/dev/null 2>&1 || owner=nobody
  chown "$owner" "$dir"
  as="runuser -u $owner --"
fi
finish() {
  $as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$dir"
$as "$bin/initdb" -D "$dir/data" -U gerai -A trust --no-sync -E UTF8 --locale=C >"$dir/initdb.log" 2>&1 || {
  cat "$dir/initdb.log" >&2
  exit 1
}
# A port that is free now may be taken a moment later.
tries=0
while :; do
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
    awk 'BEGIN { srand(); print 20000 + int(rand() * 20000) }')
  options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir -c fsync=off -c max_connections=300"
  if $as "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -o "$options" start >/dev/null 2>&1; then break; fi
  tries=$((tries + 1))
  if [ "$tries" -ge 5 ]; then
    cat "$dir/server.log" >&2
    exit 1
  fi
done
cd - >/dev/null

GERAI_TEST_POSTGRES="postgres://gerai@127.0.0.1:$port/postgres"
export GERAI_TEST_POSTGRES
"$@"
