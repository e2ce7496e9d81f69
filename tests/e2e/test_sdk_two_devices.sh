#!/bin/sh
# Two devices of two workers: what one writes the other gets; conflicts are shown and resolved; history tells.
. "${SOURCE_DIR:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
anna=$(new_worker Anna)
bram=$(new_worker Bram)
enrol a "$anna"
enrol b "$bram"

say 'a fresh device has the rows that everybody gets'
same 'state before the first sync' "$(status_of a state)" never-synced
sync a b
same 'state' "$(status_of a state)" up-to-date
same 'workers on b' "$(value b 'SELECT group_concat(naam) FROM (SELECT naam FROM lid ORDER BY naam)')" Anna,Bram
same 'me() on b' "$(value b "SELECT naam FROM lid WHERE id = me()")" Bram

say 'a row goes from one device to the other'
device a sql "INSERT INTO lijst (naam, titel) VALUES ('werk', 'Werk'); INSERT INTO punt (lijst, nr, tekst, aantal) VALUES ('werk', 1, 'één', 0)"
same 'pending before' "$(status_of a pending_changes)" 2
same 'state before' "$(status_of a state)" pending
same 'lines of the pending list' "$(device a pending list --json | lines)" 2
sync a b
same 'pending after' "$(status_of a pending_changes)" 0
same 'tekst on b' "$(value b "SELECT tekst FROM punt WHERE nr = 1")" 'één'
same 'blob as hex' "$(value b "SELECT x'00ff'")" 00ff

say 'concurrent values both stand, and a person chooses'
device a sql "UPDATE punt SET tekst = 'van Anna', aantal = aantal + 2 WHERE nr = 1"
device b sql "UPDATE punt SET tekst = 'van Bram', aantal = aantal + 3 WHERE nr = 1"
sync a b a
same 'counter on a' "$(value a 'SELECT aantal FROM punt')" 5
for who in a b; do
	same "items on $who" "$(status_of "$who" conflicts_open)" 1
	device "$who" inbox list --json >"$work/item.$who"
	same "lines of the inbox on $who" "$(lines <"$work/item.$who")" 1
	same "kind on $who" "$(field kind <"$work/item.$who")" conflict
	same "row on $who" "$(field row <"$work/item.$who")" werk/1
	grep -q '"cells":\["tekst"\]' "$work/item.$who" || fail "cells: $(cat "$work/item.$who")"
	grep -q '"value":"van Anna","author":"'"$anna"'","author_name":"Anna"' "$work/item.$who" || fail "variants: $(cat "$work/item.$who")"
	grep -q '"value":"van Bram","author":"'"$bram"'","author_name":"Bram"' "$work/item.$who" || fail "variants: $(cat "$work/item.$who")"
done
cut -d, -f1 "$work/item.a" >"$work/id.a"
cut -d, -f1 "$work/item.b" >"$work/id.b"
cmp -s "$work/id.a" "$work/id.b" || fail 'the item has another id on b'
same 'shown alike' "$(value a 'SELECT tekst FROM punt')" "$(value b 'SELECT tekst FROM punt')"
id=$(field id <"$work/item.a")
device a inbox show "$id" | grep -q 'van Bram' || fail 'inbox show'
device a inbox show "$id" --json | cmp -s - "$work/item.a" || fail 'inbox show --json'
device a inbox resolve "$id" --take mine
sync a b
same 'on b after the choice' "$(value b 'SELECT tekst FROM punt')" 'van Anna'
same 'items on a after' "$(status_of a conflicts_open)" 0
same 'items on b after' "$(status_of b conflicts_open)" 0
refused_with 1 device b inbox resolve "$id" --take theirs
grep -q 'changed, look again' "$work/err" || fail "$(cat "$work/err")"

say 'the value that was not chosen is in the history'
device b history punt werk/1 >"$work/history"
grep -q '"column":"tekst","value":"van Bram".*"stands":false' "$work/history" || fail "history: $(cat "$work/history")"
grep -q '"column":"tekst","value":"van Anna".*"stands":true' "$work/history" || fail "history: $(cat "$work/history")"

say 'a transaction whose base was on screen before is concurrent with what came since'
cursor=$(status_of b cursor)
device a sql "UPDATE punt SET tekst = 'later van Anna' WHERE nr = 1"
sync a b
device b sql "UPDATE punt SET tekst = 'van Bram, die het oude zag' WHERE nr = 1" --base "$cursor"
sync b a
same 'items on a' "$(status_of a conflicts_open)" 1
device a inbox list --json >"$work/item.a"
device a inbox resolve "$(field id <"$work/item.a")" --value 'samen'
sync a b
same 'on b' "$(value b 'SELECT tekst FROM punt')" samen

cat >"$work/tables" <<'END'
lijst naam, titel
punt lijst, nr, titel, tekst, aantal, labels
END
all_equal "$work/tables" a b
stop_daemon
store_checks
