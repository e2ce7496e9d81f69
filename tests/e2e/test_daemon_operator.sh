#!/bin/sh
# The operator's verbs, with a running daemon and without one: same output, same exit codes.
. "$SOURCE_DIR/tests/e2e/lib.sh"
schema=$SOURCE_DIR/tests/schemas/lijst

say "init makes all or nothing, and never over something"
refused_with 2 buurtsyncd init --dir "$store"
refused_with 1 buurtsyncd init --dir "$store" --schema "$work/nowhere"
[ ! -e "$store" ] || fail "a failed init left a folder"
refused_with 1 buurtsyncd init --dir "$work/no/parent" --schema "$schema"
make_store "$schema"
same "rights of the folder" "$(stat -c %a "$store")" 700
for file in store.db store.key ca.crt keys/ca.key buurtsyncd.conf; do
	same "rights of $file" "$(stat -c %a "$store/$file")" 600
done
refused_with 1 buurtsyncd init --dir "$store" --schema "$schema"
mkdir "$work/empty"
ends_with 0 buurtsyncd init --dir "$work/empty" --schema "$schema"
ends_with 0 buurtsyncd check --dir "$work/empty"

say "a wrong command line is 2, a wrong config 3, a wrong key 5"
refused_with 2 buurtsyncd
refused_with 2 buurtsyncd fly --dir "$store"
refused_with 2 buurtsyncd run --dir "$store" --fast
refused_with 2 buurtsyncd run
refused_with 2 ctl fly
refused_with 2 ctl backup
refused_with 2 ctl recovery
refused_with 2 ctl team add
refused_with 2 ctl team add a b
refused_with 2 ctl worker add Anna
refused_with 2 ctl worker add Anna --team
refused_with 2 buurtsyncctl worker list
cp "$store/buurtsyncd.conf" "$work/conf"
echo "colour = blue" >>"$store/buurtsyncd.conf"
refused_with 3 buurtsyncd run --dir "$store"
refused_with 3 ctl worker list
grep -q 'buurtsyncd.conf:[0-9]*: there is no option colour' "$work/err" || fail "the line is not named: $(cat "$work/err")"
cp "$work/conf" "$store/buurtsyncd.conf"
refused_with 5 buurtsyncd run --dir "$store" --key-file "$work/conf"
refused_with 5 ctl --key-file "$work/conf" worker list
head -c 32 /dev/urandom >"$work/other.key"
refused_with 5 buurtsyncd run --dir "$store" --key-file "$work/other.key"
ends_with 5 buurtsyncd check --dir "$store" --key-file "$work/other.key"
ends_with 0 buurtsyncctl --help
ends_with 0 buurtsyncd --help
ends_with 0 buurtsyncd --version

verbs() { # the same steps, whoever carries them out; $1 keeps names apart
	lib_team=$(ctl team add "Team $1" | tail -n 1)
	lib_worker=$(ctl worker add "Anna $1" --team "Team $1" --role lead | tail -n 1)
	same "length of an id" "${#lib_worker}" 32
	refused_with 1 ctl worker add "Bram $1" --team nowhere
	ctl worker add "Bram $1" --team "$lib_team" >/dev/null
	other=$(ctl team add "Other $1" | tail -n 1)
	same "a preview" "$(ctl scope preview worker move "Bram $1" --team "$other")" "0 gain, 0 lose; nothing was changed"
	ends_with 0 ctl scope preview "DELETE FROM lid WHERE naam = 'Bram $1'"
	grep -q "^loses	Bram $1	alle	alle	[0-9]* rows$" "$work/out" || fail "scope preview: $(cat "$work/out")"
	ctl scope preview "DELETE FROM lid WHERE naam = 'Bram $1'" --json >"$work/preview"
	grep -q '^{"change":"loses","worker":"[0-9a-f]*","worker_name":"Bram '"$1"'","circle":"alle","scope":"alle","rows":[0-9]*,"devices":0,"pending":0}$' \
		"$work/preview" || fail "scope preview: $(cat "$work/preview")"
	refused_with 1 ctl scope preview "DELETE FROM bsync_worker"
	refused_with 1 ctl scope preview worker move Nobody --team "$other"
	refused_with 2 ctl scope preview worker add Bram --team "$other"
	refused_with 2 ctl scope preview
	same "why" "$(ctl scope why "Anna $1" alle | tail -n 1)" "  lid $lib_worker"
	same "why" "$(ctl scope why "Anna $1" alle --json)" \
		'{"circle":"alle","scope":"alle","from":null,"until":null,"founder":false,"more":false,"reasons":[[{"table":"lid","key":["'"$lib_worker"'"],"cells":{}}]]}'
	same "why not" "$(ctl scope why "Anna $1" nergens)" "no circle gives this worker anything of it"
	refused_with 1 ctl scope why Nobody alle
	ends_with 0 ctl worker move "Bram $1" --team "$other"
	refused_with 1 ctl worker move "Nobody" --team "$other"
	ctl worker list --json >"$work/workers"
	grep -q "{\"id\":\"$lib_worker\",\"name\":\"Anna $1\",\"team\":\"Team $1\",\"role\":\"lead\"}" "$work/workers" ||
		fail "worker list: $(cat "$work/workers")"
	grep -q "\"name\":\"Bram $1\",\"team\":\"Other $1\"" "$work/workers" || fail "worker move: $(cat "$work/workers")"
	ends_with 0 ctl device enroll --worker "Anna $1"
	same "lines of a code" "$(lines <"$work/out")" 1
	grep -q '^BS1-[0-9A-HJKMNP-TV-Z]*$' "$work/out" || fail "this is no code: $(cat "$work/out")"
	refused_with 1 ctl device enroll --worker Nobody
	ends_with 0 ctl device list --json
	refused_with 1 ctl device revoke 00
	refused_with 2 ctl device list --stale soon
	ends_with 0 ctl inbox list --json
	refused_with 1 ctl inbox show 00000000000000000000000000000000
	refused_with 1 ctl inbox resolve 00000000000000000000000000000000 --take 1
	refused_with 2 ctl inbox resolve 00000000000000000000000000000000
	refused_with 2 ctl inbox resolve 0 --take 1
	ends_with 0 ctl quarantine list
	refused_with 1 ctl quarantine retry 00 1
	same "a SELECT" "$(ctl sql "SELECT 1 AS a, 'x' AS b, x'00ff' AS c, NULL AS d")" '{"a":1,"b":"x","c":"00ff","d":null}'
	refused_with 1 ctl sql "DELETE FROM lid"
	refused_with 1 ctl sql "SELECT nothing FROM nowhere"
	same "rows in the store" "$(ctl sql "SELECT count(*) AS n FROM lid WHERE naam LIKE '%$1'")" '{"n":2}'
	ctl stats --json >"$work/stats"
	same "one object" "$(lines <"$work/stats")" 1
	ends_with 0 ctl fsck
	ends_with 0 ctl schema check "$schema"
	ends_with 1 ctl schema check "$SOURCE_DIR/tests/schemas/bad_no_purpose"
	grep -q 'bad_no_purpose/[0-9a-z_]*.sql:[0-9]*: error: ' "$work/err" || fail "no line is named: $(cat "$work/err")"
}

say "every verb works without a daemon"
verbs alone
same "running" "$(field running <"$work/stats")" false

say "and with one"
start_daemon
verbs served
same "running" "$(field running <"$work/stats")" true
refused_with 4 buurtsyncd run --dir "$store"
ends_with 0 buurtsyncd check --dir "$store"
same "rights of the socket" "$(stat -c %a "$store/control.sock")" 600

say "a daemon that was killed leaves nothing in the way"
kill_daemon
[ -S "$store/control.sock" ] || fail "the socket should still lie there"
same "workers" "$(ctl worker list | lines)" 4
start_daemon
same "workers" "$(ctl worker list | lines)" 4

say "SIGTERM ends it with 0, a second one at once"
stop_daemon
[ ! -e "$store/control.sock" ] || fail "the socket is left"
store_checks

say "a passphrase instead of a key file"
store=$work/sealed
printf 'vier losse woorden samen\n' >"$work/passphrase"
BUURTSYNC_PASSPHRASE=kort refused_with 5 buurtsyncd init --dir "$store" --schema "$schema"
ends_with 0 buurtsyncd init --dir "$store" --schema "$schema" --listen 127.0.0.1:0 --passphrase-file "$work/passphrase"
[ ! -e "$store/store.key" ] || fail "the key lies beside the store"
refused_with 5 buurtsyncd run --dir "$store"
refused_with 5 ctl worker list
BUURTSYNC_PASSPHRASE='vier losse woorden zamen' refused_with 5 ctl worker list
BUURTSYNC_PASSPHRASE='vier losse woorden samen' ends_with 0 ctl team add Zuilen
address=
start_daemon --passphrase-file "$work/passphrase"
ends_with 0 ctl team add Overvecht
stop_daemon
