#!/bin/sh
# Installs the missing system packages if it has the permission, or prints them. The build needs a C compiler for SQLite and
# zstd, the quick start the sqlite3 shell, curl and jq, the pages Node.js, which scripts/node.sh installs with Python if the
# machine's is too old; with "test" also PostgreSQL, openssl, Python and a browser; with "peers" the tools to install and
# measure other programs.
set -eu

missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need cc "gcc libc6-dev"
need make make
need sqlite3 sqlite3
need curl curl
need jq jq
need_venv() { python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"; }
sh scripts/node.sh --of-machine >/dev/null 2>&1 || need_venv
if [ "${1:-}" = test ]; then
  need openssl openssl
  if ! ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1; then need pg_ctl postgresql; fi
  need chromium chromium
  # The test of HTTPS lets the browser trust a certificate.
  need certutil libnss3-tools
  # Names with emoji are shown as such in the pictures of all pages.
  [ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || missing="$missing fonts-noto-color-emoji"
  need_venv
fi
if [ "${1:-}" = peers ]; then
  need wrk wrk
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
