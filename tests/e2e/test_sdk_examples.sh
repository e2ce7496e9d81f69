#!/bin/sh
# The examples do what their comments say, on the schema of Utrecht.
. "${SOURCE_DIR:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
examples=$BUILD_DIR/bin
[ -x "$examples/example_save_offline" ] || exit 77
start_daemon
enrol a "$(new_worker Anna)"
enrol b "$(new_worker Bram)"
sync a b

say 'save_offline saves with and without a network'
"$examples/example_save_offline" "$work/a" 'Gezin Jansen' >"$work/out" 2>"$work/err"
same 'output' "$(cat "$work/out")" 'Gezin Jansen: aangemeld'
same 'errors' "$(cat "$work/err")" ''
same 'in the store' "$(store_value 'SELECT roepnaam FROM dossier')" 'Gezin Jansen'
stop_daemon
"$examples/example_save_offline" "$work/a" 'Gezin Bakker' >"$work/out" 2>"$work/err"
same 'rows' "$(lines <"$work/out")" 2
grep -q '^saved; handed in later: ' "$work/err" || fail "$(cat "$work/err")"
start_daemon
ends_with 2 "$examples/example_save_offline"
ends_with 1 "$examples/example_save_offline" "$work/nergens" x

say 'own_loop hands in and fetches, driven by poll'
"$examples/example_own_loop" "$work/a" 3 >"$work/out"
grep -q '^state up-to-date cursor ' "$work/out" || fail "$(cat "$work/out")"
grep -q '^event status' "$work/out" || fail "$(cat "$work/out")"
same 'in the store' "$(store_value 'SELECT count(*) FROM dossier')" 2

say 'resolve_conflict shows what waits and lets choose'
device a sql "INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, rol, basis, status)
	SELECT uuid(), d.id, m.id, 'hulpverlener', 'eigen_taak', 'actief' FROM dossier d, medewerker m"
device a sql "INSERT INTO doel (id, dossier_id, tekst) SELECT uuid(), id, 'begin' FROM dossier WHERE roepnaam = 'Gezin Jansen'"
sync a b
device a sql "UPDATE doel SET tekst = 'van Anna'"
device b sql "UPDATE doel SET tekst = 'van Bram'"
sync a b a
"$examples/example_resolve_conflict" "$work/a" >"$work/out"
same 'items' "$(lines <"$work/out")" 1
id=$(field id <"$work/out")
ends_with 1 "$examples/example_resolve_conflict" "$work/a" "$id" 9
ends_with 0 "$examples/example_resolve_conflict" "$work/a" "$id" '=van beiden'
ends_with 3 "$examples/example_resolve_conflict" "$work/a" "$id" mine
sync a b
same 'on b' "$(value b 'SELECT tekst FROM doel')" 'van beiden'
