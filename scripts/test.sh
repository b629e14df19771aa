#!/bin/sh
# Every check. The last line is the test runner's summary.
set -eu

# One build of each crate is enough here: incremental state would only fill the disk.
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi

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
step "pages"
(
  PATH="$(sh scripts/node.sh):$PATH"
  export PATH
  cargo build --quiet --package gerai
  cd ui
  npm run --silent check
  npm run --silent test
  npm run --silent size
  npm run --silent e2e
)
step "tests"
if cargo nextest --version >/dev/null 2>&1; then
  run="cargo nextest run"
else
  run="cargo test"
fi
# shellcheck disable=SC2086  # a command and its words
INSTA_UPDATE=no sh scripts/with-temporary.sh sh scripts/with-postgres.sh $run --workspace --no-fail-fast
