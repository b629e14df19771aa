#!/bin/sh
# Builds the pages in ui/ into ui/dist, which the next build of the program embeds; does nothing if their sources have not
# changed. Needs Node.js, which scripts/node.sh brings.
set -eu

# By content, so that a new checkout of the same sources builds nothing. The types of both APIs are made of docs/openapi.
sources() {
  find ui docs/openapi \
    \( -path ui/node_modules -o -path ui/dist -o -path ui/e2e -o -path ui/test-results -o -path ui/shared/api/generated \) \
    -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}
stamp=ui/node_modules/.built-pages
built=$(sources | sha256sum)
are_built=yes
for app in till console office kitchen display; do
  if [ ! -e "ui/dist/$app/index.html" ]; then are_built=no; fi
done
if [ "$are_built" = yes ] && [ "$(cat "$stamp" 2>/dev/null)" = "$built" ]; then exit 0; fi

PATH="$(sh scripts/node.sh):$PATH"
export PATH
root=$(pwd)
cd ui
if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
  echo "pages: installing packages from npm"
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error ||
    { echo "pages: the packages could not be installed; npm needs to reach its registry." >&2; exit 1; }
  cp package-lock.json node_modules/.installed-lock.json
fi
echo "pages: building"
log="$root/ui/node_modules/.build.log"
npm run --silent build >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
tail -n 1 "$log"
cd "$root"
echo "$built" >"$stamp"
