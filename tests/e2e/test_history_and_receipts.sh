#!/bin/sh
# What a row has been, by whom and when, and on whose devices one's own work is: the server tells who asks, and the device keeps
# the answer; never more than the asking worker may have.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
samira=$(new_worker 'Samira Oulad')
karin=$(new_worker 'Karin Visser')
joris=$(new_worker 'Joris Bakker')
for who in samira karin joris; do
	eval "enrol $who \$$who"
done
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Mila');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
		(x'b1', x'd0', x'$samira', 'actief'), (x'b2', x'd0', x'$karin', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'01', x'd0', 'Slapen', 'open');
	COMMIT" >/dev/null
sync samira karin joris

holds() { # FILE TEXT…
	lib_file=$1
	shift
	for words; do
		grep -qF -- "$words" "$lib_file" || fail "it lacks \"$words\": $(head -c 2000 "$lib_file")"
	done
}
lacks() { # FILE TEXT
	! grep -qF -- "$2" "$1" || fail "it has \"$2\": $(head -c 2000 "$1")"
}

# --- History: dossier.roepnaam is a column whose old values do not travel by themselves ---
device karin sql "UPDATE dossier SET roepnaam = 'Mila de Wit' WHERE id = x'd0'" >/dev/null
sync karin samira
device samira sql "UPDATE dossier SET roepnaam = 'Mila Wit' WHERE id = x'd0'" >/dev/null
sync samira karin
device karin history dossier d0 --timeout 0 >"$work/here" 2>"$work/err"
lacks "$work/here" '"value":"Mila"'
device karin history dossier d0 >"$work/told"
same 'the values of roepnaam' "$(grep '"column":"roepnaam"' "$work/told" | sed 's/.*"value":"\([^"]*\)".*"author_name":"\([^"]*\)".*"stands":\([a-z]*\).*/\1 \2 \3,/' | tr '\n' ' ')" \
	'Mila Samira Oulad false, Mila de Wit Karin Visser false, Mila Wit Samira Oulad true, '
lacks "$work/told" '"server_time":null'
lacks "$work/told" '"position":0'
say 'history: every value with its author and times, also what had not travelled'

# --- Receipts ---
device karin sql "UPDATE doel SET status = 'loopt' WHERE id = x'01'" >/dev/null
device karin receipts doel 01 --timeout 0 >"$work/here" 2>"$work/err"
holds "$work/here" '"state":"on-device"' '"devices_of":null' '"as_of":null'
device karin receipts doel 01 >"$work/told"
holds "$work/told" '"state":"on-device"' '"devices_of":[]'
same 'what asking has handed in' "$(store_value "SELECT status FROM doel WHERE id = x'01'")" 'open'
sync karin
device karin receipts doel 01 >"$work/told"
holds "$work/told" '"state":"on-server"' '"devices_of":[]'
sync samira joris
device karin receipts doel 01 >"$work/told"
holds "$work/told" "\"devices_of\":[{\"worker\":\"$samira\",\"name\":\"Samira Oulad\"}]"
lacks "$work/told" 'Joris'
lacks "$work/told" '"as_of":null'
say 'receipts: on this device, on the server, on the devices of colleagues who have it'

# --- Of what a connection took along, and that was cut off before an answer, nobody knows whether it came in ---
device samira sql "INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'02', x'd0', 'Rust', 'open')" >/dev/null
sync samira
link_on
enrol samira2 "$samira"
sync samira2
link_off
device samira2 sql "UPDATE doel SET tekst = '$(head -c 60000 /dev/urandom | od -An -tx1 | tr -d ' \n')' WHERE id = x'02'" >/dev/null
device samira2 receipts doel 02 --timeout 0 >"$work/here" 2>"$work/err"
holds "$work/here" '"state":"on-device"'
link_on --cut-every 30000 --cuts 1000
! device samira2 sync --timeout 2 >"$work/cut" 2>&1 || fail "a sync got through: $(cat "$work/cut")"
link_off
device samira2 receipts doel 02 --timeout 0 >"$work/here" 2>"$work/err"
holds "$work/here" '"state":"sent"' '"position":null'
link_on
sync samira2
device samira2 receipts doel 02 --timeout 0 >"$work/here" 2>"$work/err"
holds "$work/here" '"state":"on-server"'
link_off
devices_address=$address
say 'receipts: sent, as long as nobody knows whether it came in'

# --- Where an agent runs, it asks ---
device samira sql "UPDATE dossier SET roepnaam = 'Mila W' WHERE id = x'd0'" >/dev/null
sync samira
start_agent joris
device joris history dossier d0 >"$work/here" 2>"$work/err"
same 'what Joris is told' "$(cat "$work/here" "$work/err")" ''
start_agent karin
device karin history dossier d0 >"$work/here"
holds "$work/here" '"value":"Mila Wit"' '"value":"Mila W"'
same 'questions that wait' "$(rawsql "$work/karin/device.db" "SELECT count(*) FROM bsync_asked WHERE is_waiting")" 0
say 'the agent asks for the others'

# --- Without a connection: the last answer, with its time ---
stop_daemon
refused_with 1 device joris history niets 01
device karin history dossier d0 >"$work/here" 2>"$work/err"
holds "$work/here" '"value":"Mila"' '"value":"Mila de Wit"'
holds "$work/err" 'older values may be on the server'
device karin receipts doel 01 >"$work/later" 2>"$work/err"
cmp -s "$work/later" "$work/told" || fail "another answer: $(cat "$work/later")"
say 'offline: what was told, with its time, and that there may be more'
start_daemon

# --- Who may not have the row is told nothing, and what was told goes with the row ---
refused_with 1 device joris history niets 01
device joris history dossier d0 >"$work/told"
lacks "$work/told" 'Mila de Wit'
device samira sql "UPDATE betrokkenheid SET status = 'beeindigd' WHERE id = x'b2'" >/dev/null
sync samira karin
device karin history dossier d0 >"$work/told"
lacks "$work/told" 'Mila'
same 'answers that are left' "$(rawsql "$work/karin/device.db" "SELECT count(*) FROM bsync_asked WHERE answer IS NOT NULL")" 0
say 'who may not have it learns nothing, and what was told leaves with the row'
stop_daemon
store_checks
