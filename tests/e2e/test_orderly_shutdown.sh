#!/bin/sh
# SIGTERM under load: the daemon ends with 0, nothing acknowledged is lost, the store checks; a second daemon on the same
# folder is refused; buurtsyncctl works with and without a daemon.
# timeout: 90
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
worker=$(new_worker 'Samira Oulad')
devices='one two three'
for who in $devices; do enrol "$who" "$worker"; done
device one sql "INSERT INTO lijst (naam) VALUES ('werk')" >/dev/null
# shellcheck disable=SC2086 # words
sync $devices

# --- One daemon a store ---
refused_with 4 buurtsyncd run --dir "$store"
say "a second daemon on the same folder: $(cat "$work/err")"
same 'the first still serves' "$(ctl device list --json | lines)" 3

# --- SIGTERM under load ---
write_on() { # DEVICE: until it is told to stop; counts what has returned
	written=0
	while [ ! -e "$work/stop" ]; do
		buurtsync --dir "$work/$1" sql "INSERT INTO logboek (id, lijst, tekst) VALUES (uuid(), 'werk', '$1 $written')" >/dev/null
		written=$((written + 1))
		echo "$written" >"$work/written.$1"
	done
}
writers=
agents=
for who in $devices; do
	start_agent "$who"
	agents="$agents $agent"
	write_on "$who" 2>>"$work/writer.log" &
	writers="$writers $!"
done
background="$background $writers"
counter() { rawsql "$store/store.db" "SELECT max(counter) FROM bsync_receipt"; }
for round in 1 2 3; do
	before=$(counter)
	tries=0
	until [ "$(counter)" -gt $((before + 20)) ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail 'nothing comes in'
		sleep 0.05
	done
	began=$(date +%s)
	stop_daemon
	took=$(($(date +%s) - began))
	[ "$took" -le 11 ] || fail "an orderly stop took $took s"
	# What a device holds as durable is in the store that was left behind.
	for who in $devices; do
		durable=$(rawsql "$work/$who/device.db" "SELECT coalesce(max(seq), 0) FROM bsync_outbox WHERE state = 1")
		id=$(rawsql "$work/$who/device.db" "SELECT value FROM bsync_meta WHERE name = 'device'")
		last=$(rawsql "$store/store.db" "SELECT coalesce(max(last_seq), 0) FROM bsync_line l \
			JOIN bsync_device d ON d.no = l.device_no WHERE d.id = x'$id'")
		[ "$durable" -le "$last" ] || fail "$who holds $durable as durable, the store has $last"
	done
	store_checks
	say "stop $round, at counter $(counter): exit 0 after $took s, nothing acknowledged is missing, the store checks"
	start_daemon
done
: >"$work/stop"
for process in $writers; do wait "$process" || fail 'a writer failed'; done
for process in $agents; do stop_agent "$process"; done
# shellcheck disable=SC2086 # words
sync $devices $devices
sum=0
for who in $devices; do sum=$((sum + $(cat "$work/written.$who"))); done
for who in $devices; do same "notes on $who's device" "$(value "$who" 'SELECT count(*) FROM logboek')" "$sum"; done
same 'notes in the store, each once' "$(store_value 'SELECT count(DISTINCT tekst) FROM logboek')" "$sum"
say "$sum notes were written meanwhile: all are everywhere"

# --- The operator with and without a daemon ---
verbs() {
	ctl worker list
	ctl device list --json
	ctl inbox list --json
	ctl quarantine list
	ctl sql 'SELECT count(*) AS n FROM logboek'
	ctl stats --json
}
verbs >"$work/with"
stop_daemon
verbs >"$work/without"
grep -qF "{\"n\":$sum}" "$work/without" || fail 'ctl without a daemon does not read the store'
for word in 'Samira Oulad' '"id":'; do
	grep -qF "$word" "$work/with" && grep -qF "$word" "$work/without" || fail "ctl lacks $word with or without a daemon"
done
joost=$(ctl worker add 'Joost Terpstra' --team "$(cat "$work/team")" | tail -n 1)
code=$(ctl device enroll --worker "$joost" | tail -n 1)
start_daemon
device four enroll "$code" >/dev/null
sync four
same 'notes on a device whose worker came while no daemon ran' "$(value four 'SELECT count(*) FROM logboek')" "$sum"
say 'buurtsyncctl lists and adds with and without a daemon'

# --- Told twice: it ends at once, which may cut work off but loses nothing ---
device four sql "INSERT INTO logboek (id, lijst, tekst) VALUES (uuid(), 'werk', 'four')" >/dev/null
sync four
kill -TERM "$daemon"
kill -TERM "$daemon" 2>/dev/null || true
status=0
wait "$daemon" || status=$?
daemon=
[ "$status" -le 1 ] || fail "a daemon that is told twice ends with $status"
store_checks
same 'what was handed in before' "$(store_value "SELECT count(*) FROM logboek WHERE tekst = 'four'")" 1
say 'a daemon that is told twice ends at once; the store checks'
