#!/bin/sh
# Runs a command with a new, empty temporary folder, and fails if the command leaves files there.
#   scripts/with-temporary.sh cargo nextest run -p hub
set -eu

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/gerai-test-XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# PostgreSQL runs as another user.
chmod 755 "$TMPDIR"

"$@"

left=$(ls -A "$TMPDIR")
if [ -n "$left" ]; then
  printf 'The tests left these files in the temporary folder:\n%s\n' "$left" >&2
  exit 1
fi
