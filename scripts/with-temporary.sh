#!/bin/sh
# Runs a command with an empty temporary folder of its own, and fails if something is left there at the end.
#   scripts/with-temporary.sh cargo nextest run -p hub
set -eu

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/gerai-test-XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# PostgreSQL runs as a user of its own.
chmod 755 "$TMPDIR"

"$@"

left=$(ls -A "$TMPDIR")
if [ -n "$left" ]; then
  printf 'The tests left these in the temporary folder:\n%s\n' "$left" >&2
  exit 1
fi
