#!/bin/sh
# The command line that people script against: exit statuses, one line on standard error for each refusal, JSON that
# parses and has the fields, blobs as lower-case hex.
# timeout: 90
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
worker=$(new_worker 'Samira "de Snelle" Oulad')
enrol one "$worker"
enrol two "$worker"
fields() { # FILE FIELD…: each line of FILE is a JSON object that has them all
	lib_file=$1
	shift
	[ -s "$lib_file" ] || fail "$lib_file is empty"
	rawsql json <"$lib_file"
	for lib_field; do
		[ "$(grep -c "\"$lib_field\":" "$lib_file")" = "$(lines <"$lib_file")" ] || fail "not every line has \"$lib_field\": $(cat "$lib_file")"
	done
}

# --- Usage: 2 ---
for program in buurtsyncd buurtsyncctl buurtsync; do
	refused_with 2 $program
	refused_with 2 $program --nonsense
	refused_with 2 $program nonsense
	refused_with 2 $program --dir
	for word in --help --version; do
		ends_with 0 $program $word
		[ -s "$work/out" ] && [ ! -s "$work/err" ] || fail "$program $word belongs on standard output"
	done
done
refused_with 2 env -u BUURTSYNC_DIR buurtsyncd run
refused_with 2 env -u BUURTSYNC_DIR buurtsync status
refused_with 2 env -u BUURTSYNC_DIR buurtsyncctl stats
refused_with 2 buurtsyncd init --dir "$work/new"
refused_with 2 buurtsyncd run --dir "$store" --nonsense
refused_with 2 buurtsyncd run check --dir "$store"
refused_with 2 buurtsyncd init --dir "$work/new" --schema "$BUURTSYNC_SCHEMA" --listen nowhere
for arguments in 'worker add' 'worker add Joost' 'team add' 'team nonsense' 'device enroll' 'device list --nonsense' 'inbox resolve' \
	'inbox show' 'sql' 'stats --json more' 'schema' 'backup' 'restore'; do
	# shellcheck disable=SC2086 # words
	refused_with 2 buurtsyncctl --dir "$store" $arguments
done
for arguments in 'sync --timeout' 'sync --timeout soon' 'sync --timeout -1' 'sync now' 'sql' 'inbox' 'inbox resolve' 'inbox resolve 1 --take 1' \
	'inbox list --take 1' 'history punt' 'status --nonsense' 'enroll' 'pending show' 'export file'; do
	# shellcheck disable=SC2086 # words
	refused_with 2 buurtsync --dir "$work/one" $arguments
done
say 'wrong use: 2 and one line; --help and --version: 0'

# --- Failed: 1 ---
refused_with 1 ctl worker add Joost --team 'No such team'
refused_with 1 ctl device enroll --worker 'No such worker'
refused_with 1 ctl device revoke 00112233445566778899aabbccddeeff
refused_with 1 ctl inbox show 00112233445566778899aabbccddeeff
refused_with 1 ctl sql 'SELECT * FROM nowhere'
refused_with 1 ctl sql "DELETE FROM lijst"
refused_with 1 ctl sql "PRAGMA journal_mode = DELETE"
refused_with 1 device one sql 'SELECT * FROM nowhere'
refused_with 1 device one sql 'DROP TABLE punt'
refused_with 1 device one sql "ATTACH '$work/x.db' AS x"
refused_with 1 device one sql "UPDATE bsync_meta SET value = 1"
refused_with 1 device one sql "BEGIN; INSERT INTO lijst (naam) VALUES ('niet af')"
same 'what a transaction without COMMIT leaves' "$(value one 'SELECT count(*) FROM lijst')" 0
refused_with 1 device one history nowhere 00
refused_with 1 device one inbox show 00112233445566778899aabbccddeeff
refused_with 1 device one inbox resolve 00112233445566778899aabbccddeeff --take 1
refused_with 1 device one enroll "$(ctl device enroll --worker "$worker" | tail -n 1)"
refused_with 1 buurtsyncd init --dir "$store" --schema "$BUURTSYNC_SCHEMA"
stop_daemon
refused_with 1 device one sync --timeout 0.2
refused_with 1 device three enroll "$(ctl device enroll --worker "$worker" | tail -n 1)"
same 'the state of a device that cannot reach the server' "$(status_of one state)" never-synced
start_daemon
say 'what cannot be done: 1 and one line'

# --- Config: 3, storage: 4, key: 5, newer: 6 ---
refused_with 3 buurtsync --dir "$work/nowhere" status
refused_with 3 timeout 20 buurtsyncd run --dir "$work/nowhere"
stop_daemon
cp "$store/buurtsyncd.conf" "$work/conf"
for line in 'nonsense = 1' 'listen = nowhere' 'idle_seconds = many' 'no equals sign'; do
	{
		cat "$work/conf"
		echo "$line"
	} >"$store/buurtsyncd.conf"
	refused_with 3 timeout 20 buurtsyncd run --dir "$store"
	grep -q "buurtsyncd.conf:$(lines <"$store/buurtsyncd.conf"):" "$work/err" || fail "no FILE:LINE for \"$line\": $(cat "$work/err")"
done
cp "$work/conf" "$store/buurtsyncd.conf"
say "a config with an error: 3: $(sed 's|/.*/||' "$work/err")"

rawsql "$store/store.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
cp "$store/store.db" "$work/store.db.kept"
cp "$work/two/device.db" "$work/device.db.kept"
printf 'this is no database, whatever its name may say about it, and was never one' >"$store/store.db"
printf 'this is no database, whatever its name may say about it, and was never one' >"$work/two/device.db"
rm -f "$store"/store.db-* "$work"/two/device.db-*
refused_with 4 timeout 20 buurtsyncd run --dir "$store"
refused_with 4 buurtsyncd check --dir "$store"
refused_with 4 ctl stats
refused_with 4 device two status
cp "$work/store.db.kept" "$store/store.db"
cp "$work/device.db.kept" "$work/two/device.db"
ends_with 0 device two status
say 'a file that is no database: 4'

cp "$store/store.key" "$work/store.key.kept"
printf '%064d\n' 7 >"$store/store.key"
refused_with 5 timeout 20 buurtsyncd run --dir "$store"
refused_with 5 buurtsyncd check --dir "$store"
refused_with 5 ctl stats
rm "$store/store.key"
refused_with 5 timeout 20 buurtsyncd run --dir "$store"
cp "$work/store.key.kept" "$store/store.key"
refused_with 5 timeout 20 buurtsyncd run --dir "$store" --key-file "$work/nowhere"
say "a key that does not fit, or none: 5: $(cat "$work/err")"

for file in "$store/store.db" "$work/two/device.db"; do
	cp "$file" "$work/kept"
	rawsql "$file" "INSERT INTO bsync_migration (series, name) SELECT series, '9999_later.sql' FROM bsync_migration WHERE series IN ('server', 'client') LIMIT 1"
	case $file in
	*store.db) refused_with 6 timeout 20 buurtsyncd run --dir "$store" ;;
	*) refused_with 6 device two status ;;
	esac
	rm -f "$file-wal" "$file-shm"
	cp "$work/kept" "$file"
done
say "a file of a newer version: 6: $(cat "$work/err")"

# --- Output ---
start_daemon
device one sql "BEGIN; INSERT INTO lijst (naam, titel) VALUES ('werk', '\"aan\"halings\\tekens' || char(10) || char(7) || 'é😀');
	INSERT INTO punt (lijst, nr, tekst, bijlage, maat, vrij) VALUES ('werk', 1, 'punt', x'DEADBEEF', 0.1, NULL); COMMIT" >/dev/null
device one pending list --json >"$work/out"
fields "$work/out" seq made_at size state tables reason
same 'transactions that wait' "$(lines <"$work/out")" 1
same 'transactions that the status names' "$(status_of one pending_changes)" 1
sync one two
device one pending list --json >"$work/out"
same 'transactions that wait after the sync' "$(lines <"$work/out")" 0
device one sql 'SELECT * FROM lijst; SELECT nr, bijlage, maat, vrij FROM punt; SELECT me() AS wie, uuid() AS id' >"$work/out"
fields "$work/out"
same 'an integer, a blob, a real and NULL' "$(sed -n 2p "$work/out")" '{"nr":1,"bijlage":"deadbeef","maat":0.1,"vrij":null}'
same 'me() and uuid()' "$(sed -n 3p "$work/out" | sed 's/"id":"[0-9a-f]\{32\}"/ID/')" "{\"wie\":\"$worker\",ID}"
ctl sql 'SELECT * FROM lijst; ' >"$work/out"
fields "$work/out" naam titel
same 'a text with quotes, a newline and a bell, there and here' "$(value one 'SELECT titel FROM lijst')" "$(store_value 'SELECT titel FROM lijst')"
device one status --json >"$work/out"
fields "$work/out" state reason first_sync_done pending_changes pending_bytes oldest_pending_at quarantined conflicts_open last_push_ok \
	last_pull_ok last_attempt next_attempt last_error clock_drift_ms storage_free server_epoch cursor
same 'the state' "$(status_of one state)" up-to-date
device one status >"$work/out"
grep -q '^up-to-date' "$work/out" || fail 'the status for people does not begin with the state'

device one sql "UPDATE punt SET tekst = 'van een' WHERE nr = 1" >/dev/null
device two sql "UPDATE punt SET tekst = 'van twee' WHERE nr = 1" >/dev/null
sync one two one
for where in device ctl; do
	if [ "$where" = ctl ]; then ctl inbox list --json >"$work/out"; else device one inbox list --json >"$work/out"; fi
	fields "$work/out" id kind table row cells base variants n value author device_time server_time
	same "items of $where" "$(lines <"$work/out")" 1
	same "the row in the item of $where" "$(field row <"$work/out")" 'werk/1'
done
device one history punt werk/1 >"$work/out"
fields "$work/out" column value author device_time server_time
ctl device list --json >"$work/out"
fields "$work/out" id worker worker_name state last_seen pending alerts
same 'devices' "$(lines <"$work/out")" 2
ctl stats --json >"$work/out"
fields "$work/out"
ctl quarantine list --json >"$work/out"
same 'quarantine' "$(lines <"$work/out")" 0
ctl worker list --json >"$work/out"
fields "$work/out" id name team
ctl device list --pending >"$work/out"
ctl device list --json --stale 3d >"$work/out"
same 'devices that have been silent for three days' "$(lines <"$work/out")" 0
say 'every --json line parses and has its fields'

# A base that was on screen: an edit of what was there then stands beside what came later.
base=$(status_of two cursor)
id=$(device one inbox list --json | field id)
device one inbox resolve "$id" --value 'samen' >/dev/null
sync one two
device two sql "UPDATE punt SET tekst = 'gezien voor het samen was' WHERE nr = 1" --base "$base" >/dev/null
sync two one
same 'items after an edit with an old base' "$(device one inbox list --json | lines)" 1
refused_with 2 device two sql 'SELECT 1' --base yesterday
say 'sql --base: an edit of what was on screen then is concurrent with what came after'

same 'output that cannot be written' "$(device one status --json >/dev/full 2>"$work/err" || echo $?)" 1
same 'and one line on it' "$(lines <"$work/err")" 1
stop_daemon
store_checks
