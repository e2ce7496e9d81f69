#!/bin/sh
# The command line of a device: exit statuses, one line per error, forms of output.
. "${SOURCE_DIR:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
enrol a "$(new_worker Anna)"
sync a

say 'usage'
ends_with 0 buurtsync --help
grep -q 'usage: buurtsync' "$work/out" || fail 'help'
ends_with 0 buurtsync --version
grep -q '^buurtsync [0-9]' "$work/out" || fail 'version'
refused_with 2 buurtsync
refused_with 2 buurtsync --wat
refused_with 2 buurtsync --dir
unset BUURTSYNC_DIR
refused_with 2 buurtsync status
refused_with 2 device a dansen
refused_with 2 device a logout
refused_with 2 device a status --snel
refused_with 2 device a sql
refused_with 2 device a sql 'SELECT 1' 'SELECT 2'
refused_with 2 device a sql 'SELECT 1' --base veel
refused_with 2 device a sync --timeout
refused_with 2 device a sync --timeout straks
refused_with 2 device a inbox
refused_with 2 device a inbox show
refused_with 2 device a inbox resolve 00112233445566778899aabbccddeeff
refused_with 2 device a inbox resolve 00112233445566778899aabbccddeeff --take 1 --value 2
refused_with 2 device a inbox resolve 00112233445566778899aabbccddeeff --take ons
refused_with 2 device a history punt
refused_with 2 device a history punt werk
refused_with 2 device a quarantine retry
refused_with 3 device nergens status
BUURTSYNC_DIR=$work/a ends_with 0 buurtsync status --json

say 'SQL'
refused_with 1 device a sql 'SELEKT'
refused_with 1 device a sql 'DROP TABLE punt'
refused_with 1 device a history geen 1
refused_with 1 device a inbox resolve 00112233445566778899aabbccddeeff --take mine
refused_with 1 device a sql "BEGIN; INSERT INTO lijst (naam) VALUES ('half')"
grep -q 'not committed' "$work/err" || fail "$(cat "$work/err")"
same 'nothing is left of it' "$(value a 'SELECT count(*) FROM lijst')" 0
device a sql "-- a comment first
	BEGIN; INSERT INTO lijst (naam, titel) VALUES ('l', 'a;b'); INSERT INTO lijst (naam) VALUES ('m'); COMMIT;
	SELECT naam, titel FROM lijst ORDER BY naam; SELECT 1 AS i, 0.5 AS r, 'é\"' AS t, x'0aFF' AS b, NULL AS n;" >"$work/rows"
cat >"$work/wanted" <<'END'
{"naam":"l","titel":"a;b"}
{"naam":"m","titel":null}
{"i":1,"r":0.5,"t":"é\"","b":"0aff","n":null}
END
cmp "$work/rows" "$work/wanted" || fail "rows: $(cat "$work/rows")"
same 'one transaction' "$(status_of a pending_changes)" 1
same 'uuid' "$(value a 'SELECT length(uuid()) || typeof(uuid())')" 16blob

say 'status'
for name in state reason first_sync_done pending_changes pending_bytes oldest_pending_at quarantined conflicts_open \
	last_push_ok last_pull_ok last_attempt next_attempt last_error clock_drift_ms storage_free server_epoch cursor; do
	device a status --json | grep -q "\"$name\":" || fail "status has no $name"
done
same 'lines of JSON' "$(device a status --json | lines)" 1
device a status | grep -q '^pending: 1 changes are not on the server yet$' || fail 'status for people'
device a pending list | grep -q 'lijst' || fail 'pending for people'
device a inbox list | grep -q 'nothing waits for you' || fail 'inbox for people'
sync a
device a status | grep -q '^up-to-date$' || fail 'status for people'
device a pending list | grep -q 'everything is handed in' || fail 'pending for people'
device a quarantine list | grep -q 'nothing is set aside' || fail 'quarantine for people'

say 'output that cannot be written is a failure'
if [ -e /dev/full ]; then
	status=0
	device a sql 'SELECT 1' >/dev/full 2>"$work/err" || status=$?
	same 'exit status' "$status" 1
fi
