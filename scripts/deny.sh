#!/bin/sh
# What our dependencies may be: their licences, and where they come from, by deny.toml.
#   scripts/deny.sh               licences, sources and versions; needs crates.io alone
#   scripts/deny.sh advisories    known holes, from a list that is fetched from GitHub
set -eu

version=0.20.2
root="${CARGO_TARGET_DIR:-$(pwd)/target}/tools"
if ! "$root/bin/cargo-deny" --version 2>/dev/null | grep -q " $version\$"; then
  cargo install --quiet --locked --debug --root "$root" --target-dir "$root/build" --version "$version" cargo-deny
  rm -rf "$root/build"
fi
[ $# -gt 0 ] || set -- licenses bans sources
"$root/bin/cargo-deny" --workspace check "$@"
