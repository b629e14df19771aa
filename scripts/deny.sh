#!/bin/sh
# Checks the licenses and sources of all dependencies against deny.toml.
#   scripts/deny.sh               licenses, sources and versions; needs only crates.io
#   scripts/deny.sh advisories    known vulnerabilities, from a list on GitHub
set -eu

version=0.20.2
root="${CARGO_TARGET_DIR:-$(pwd)/target}/tools"
if ! "$root/bin/cargo-deny" --version 2>/dev/null | grep -q " $version\$"; then
  cargo install --quiet --locked --debug --root "$root" --target-dir "$root/build" --version "$version" cargo-deny
  rm -rf "$root/build"
fi
[ $# -gt 0 ] || set -- licenses bans sources
"$root/bin/cargo-deny" --workspace check "$@"
