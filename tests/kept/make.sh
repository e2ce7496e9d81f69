#!/bin/sh
# Writes store.sql and device.sql anew: keep (tests/tools/keep.c) must be in PATH, and sqlite3.  Only for a version whose
# databases in the field are to be opened by later ones; see README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/buurtsync-keep.XXXXXX")
trap 'rm -rf "$work"' EXIT
keep "$work"
for name in store device; do
	sqlite3 "$work/$name.db" '.dump --preserve-rowids' >"$here/$name.sql"
done
