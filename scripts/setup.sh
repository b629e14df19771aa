#!/bin/sh
# Installs the missing system packages if it has the permission, or prints them. The build needs a C compiler for SQLite and
# zstd, the quick start the sqlite3 shell, curl and jq; with "test" also PostgreSQL, openssl, Python and Node.js; with "peers"
# the tools to install and measure other programs.
set -eu

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need cc "gcc libc6-dev"
need make make
need sqlite3 sqlite3
need curl curl
need jq jq
if [ "${1:-}" = test ]; then
  need openssl openssl
  if ! ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1; then need pg_ctl postgresql; fi
  need node nodejs
  need npm npm
  if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then missing="$missing python3-venv"; fi
fi
if [ "${1:-}" = peers ]; then
  need wrk wrk
  need node nodejs
  need npm npm
  need python3 python3
  python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
fi

if ! command -v cargo >/dev/null 2>&1; then
  echo "setup: Rust is missing; install it from https://rustup.rs and run make again." >&2
  exit 1
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: install these with your system's package manager and run make again:$missing" >&2
  exit 1
elif [ "$(id -u)" = 0 ]; then
  as_root=""
elif sudo -n true 2>/dev/null; then
  as_root="sudo"
else
  echo "setup: these packages are missing; run: sudo apt-get install$missing" >&2
  exit 1
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of packages
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq $missing
