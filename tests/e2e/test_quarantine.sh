#!/bin/sh
# A changeset that the store cannot take is set aside whole, with its reason on both sides: what touches its rows waits behind
# it, the rest flows; both sides can write it out for the person who must judge it.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
unset LC_ALL LC_MESSAGES BUURTSYNC_LANG
export LANG=C
start_daemon
samira=$(new_worker 'Samira Oulad')
enrol samira "$samira"
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Mila');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'01', x'd0', 'Slapen', 'open'), (x'02', x'd0', 'Eten', 'open');
	COMMIT" >/dev/null
sync samira
number=$(device samira status --json | field device)

holds() { # FILE TEXT…
	lib_file=$1
	shift
	for words; do
		grep -qF -- "$words" "$lib_file" || fail "it lacks \"$words\": $(head -c 600 "$lib_file")"
	done
}

# A text larger than a value may travel; it compresses well, so the device can send it.
device samira sql "UPDATE doel SET tekst = printf('%.*c', 2000000, 'x') WHERE id = x'01'" >/dev/null
device samira sql "UPDATE doel SET status = 'behaald' WHERE id = x'01'" >/dev/null
device samira sql "UPDATE doel SET tekst = 'Samen eten' WHERE id = x'02'" >/dev/null
sync samira
same 'what does not touch it' "$(store_value "SELECT tekst FROM doel WHERE id = x'02'")" 'Samen eten'
same 'the row itself' "$(store_value "SELECT tekst FROM doel WHERE id = x'01'")" 'Slapen'
device samira quarantine list --json >"$work/aside"
same 'set aside on the device' "$(lines <"$work/aside")" 2
holds "$work/aside" '"state":"quarantined"' 'doel.tekst is over ' 'it waits behind changeset 2 of this device'
LANG=nl device samira quarantine list >"$work/aside"
holds "$work/aside" 'apart gezet: de server kan het zo niet verwerken: ' 'dat ook apart is gezet: nummer 2' 'quarantine drop NUMMER'
LANG=C device samira quarantine list >"$work/aside"
holds "$work/aside" 'quarantined: it waits behind changeset 2 of this device' 'quarantine retry NUMBER'
ctl quarantine list --json >"$work/aside"
holds "$work/aside" "\"device\":\"$number\",\"seq\":2" '"behind":null' '"seq":3' '"behind":2'
ctl quarantine show "$number" 2 >"$work/aside"
holds "$work/aside" 'doel.tekst is over ' 'update doel 01: tekst' 'behind it waits 3'
say 'one that cannot be taken: set aside with its reason, one waits behind it, one flows'

device samira receipts doel 01 >"$work/aside"
same 'own writes to the row' "$(grep -o '"seq":[0-9]*\|"state":"[a-z-]*"' "$work/aside" | tr '\n' ' ')" \
	'"seq":3 "state":"quarantined" "seq":2 "state":"quarantined" "seq":1 "state":"on-server" '
device samira sql "UPDATE doel SET status = 'loopt' WHERE id = x'02'" >/dev/null
device samira receipts doel 02 | head -n 1 >"$work/aside"
holds "$work/aside" '"state":"on-device"' '"verdict":null'
refused_with 1 device samira receipts niets 01
say 'receipts of a row: on this device, on the server, set aside'

# --- Trying again: the reason is still there ---
ctl quarantine retry "$number" 2 >"$work/aside"
holds "$work/aside" '2 quarantined'
refused_with 1 device samira quarantine retry 2
holds "$work/err" 'number 2 is set aside still' 'nothing is lost' 'doel.tekst is over '
refused_with 1 device samira quarantine retry 1
refused_with 1 device samira quarantine drop 1
refused_with 2 device samira quarantine retry eerste
refused_with 2 device samira quarantine retry 2 --timeout gauw

# --- Written out ---
ctl quarantine export "$number" 3 "$work/server.json"
device samira quarantine export 3 "$work/device.json"
for file in server device; do
	same "mode of $file.json" "$(stat -c %a "$work/$file.json")" 600
	same "lines of $file.json" "$(lines <"$work/$file.json")" 1
	rawsql json <"$work/$file.json"
	holds "$work/$file.json" '"seq":3' '"state":"quarantined"' '"table":"doel"' '"kind":"update"' '"row":"01"' \
		'"column":"status"' '"value":"behaald"'
done
same 'the changeset on both sides' "$(grep -o '"changes":.*' "$work/device.json")" "$(grep -o '"changes":.*' "$work/server.json")"
refused_with 1 ctl quarantine export "$number" 2 "$work/server.json"
holds "$work/err" 'name a new one'
refused_with 1 device samira quarantine export 2 "$work/device.json"
refused_with 1 ctl quarantine export "$number" 9 "$work/nothing.json"
refused_with 1 device samira quarantine export 9 "$work/nothing.json"
[ ! -e "$work/nothing.json" ] || fail 'a file of nothing is left'
refused_with 2 ctl quarantine export "$number" 2
refused_with 2 device samira quarantine export 2
ctl quarantine list >"$work/aside"
holds "$work/aside" "$number"
say 'both sides write it out, into a new file of mode 0600'
stop_daemon
ctl quarantine export "$number" 3 "$work/stopped.json" || fail 'export without a daemon'
cmp -s "$work/stopped.json" "$work/server.json" || fail 'without a daemon it is another export'
store_checks

# --- Tried again when the cause is gone, as the operator or the device asks ---
rawsql "$store/store.db" "CREATE TRIGGER hinder BEFORE INSERT ON doel WHEN NEW.id = x'03' BEGIN SELECT raise(ABORT, 'nee'); END"
start_daemon
device samira sql "INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'03', x'd0', 'Bewegen', 'open')" >/dev/null
device samira sql "UPDATE doel SET tekst = 'Meer bewegen' WHERE id = x'03'" >/dev/null
sync samira
same 'set aside now' "$(device samira status --json | field quarantined)" 4
same 'on the screen' "$(value samira "SELECT count(*) FROM doel WHERE id = x'03'")" 0
stop_daemon
refused_with 1 device samira quarantine retry 6 --timeout 2
rawsql "$store/store.db" 'DROP TRIGGER hinder'
start_daemon
same 'the answer' "$(device samira quarantine retry 6)" '6 is applied'
same 'set aside then' "$(device samira status --json | field quarantined)" 2
same 'on the screen then' "$(value samira "SELECT tekst FROM doel WHERE id = x'03'")" 'Meer bewegen'
same 'on the server' "$(store_value "SELECT tekst FROM doel WHERE id = x'03'")" 'Meer bewegen'
say 'tried again from the device, with what waited behind it'

# --- Written anew: the one that was set aside is given up ---
device samira sql "UPDATE doel SET tekst = 'Beter slapen' WHERE id = x'01'" >/dev/null
sync samira
same 'set aside with it' "$(device samira status --json | field quarantined)" 3
device samira quarantine drop 2 >/dev/null
sync samira
same 'set aside at the end' "$(device samira status --json | field quarantined)" 0
same 'the row' "$(store_value "SELECT tekst || ' ' || status FROM doel WHERE id = x'01'")" 'Beter slapen behaald'
same 'the row here' "$(value samira "SELECT tekst || ' ' || status FROM doel WHERE id = x'01'")" 'Beter slapen behaald'
device samira receipts doel 01 >"$work/aside"
same 'own writes to it' "$(grep -o '"seq":[0-9]*\|"state":"[a-z-]*"' "$work/aside" | tr '\n' ' ')" \
	'"seq":8 "state":"on-server" "seq":3 "state":"on-server" "seq":2 "state":"given-up" "seq":1 "state":"on-server" '
ctl quarantine list --json >"$work/aside"
same 'what the operator keeps' "$(lines <"$work/aside")" 1
holds "$work/aside" '"seq":2' 'given up by its author: a value of column doel.tekst is over '
say 'given up and written anew: what waited is applied, the operator keeps what was given up'
stop_daemon
store_checks
