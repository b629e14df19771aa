#!/bin/sh
# Every check. Ends with the test runner's closing line.
set -eu

step() { printf '\n== %s\n' "$1"; }

step "format"
cargo fmt --all --check
step "lints"
cargo clippy --quiet --workspace --all-targets -- -D warnings
step "documents"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps
step "dependencies"
sh scripts/deny.sh
step "the API's description, by validators and client generators"
sh scripts/test-clients.sh
step "the API, by its description"
sh scripts/test-api.sh
step "tests"
# A temporary folder of their own, empty again at the end: a test that leaves something there is found here.
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/gerai-test-XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# PostgreSQL runs as a user of its own.
chmod 755 "$TMPDIR"
if cargo nextest --version >/dev/null 2>&1; then
  INSTA_UPDATE=no sh scripts/with-postgres.sh cargo nextest run --workspace --no-fail-fast
else
  INSTA_UPDATE=no sh scripts/with-postgres.sh cargo test --workspace --no-fail-fast
fi
left=$(ls -A "$TMPDIR")
if [ -n "$left" ]; then
  printf 'The tests left these in the temporary folder:\n%s\n' "$left" >&2
  exit 1
fi
