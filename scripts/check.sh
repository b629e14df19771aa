#!/bin/sh
# The checks to run after each change: format, lints and the fast tests (selected in .config/nextest.toml). Without
# cargo-nextest only the unit tests.
set -eu

step() { printf '\n== %s\n' "$1"; }

step "format"
cargo fmt --all --check
step "lints"
cargo clippy --quiet --workspace --all-targets -- -D warnings
step "fast tests"
if cargo nextest --version >/dev/null 2>&1; then
  run="cargo nextest run --profile check"
else
  run="cargo test --quiet --lib --bins"
fi
# shellcheck disable=SC2086  # a command and its words
INSTA_UPDATE=no sh scripts/with-temporary.sh $run --workspace --no-fail-fast
