#!/bin/sh
# Enrolment: all or nothing, and each failure says what is wrong.
. "${SOURCE_DIR:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
anna=$(new_worker Anna)
new_code() { ctl device enroll --worker "$anna" | tail -n 1; }

say 'what is no code is refused without a network'
refused_with 1 device a enroll 'geen code' --server 127.0.0.1:1
grep -q 'not an enrolment code' "$work/err" || fail "$(cat "$work/err")"
[ ! -e "$work/a" ] || fail 'a directory was left'
code=$(new_code)
refused_with 1 device a enroll "${code%?}" # the last character is missing
[ ! -e "$work/a" ] || fail 'a directory was left'

say 'no server: the code stays good'
refused_with 1 device a enroll "$code" --server 127.0.0.1:1
grep -q 'refused' "$work/err" || fail "$(cat "$work/err")"
refused_with 2 device a enroll "$code" --server nergens
[ ! -e "$work/a" ] || fail 'a directory was left'

say 'a directory that others may look into is not taken'
mkdir -m 755 "$work/open"
: >"$work/open/iets"
refused_with 1 device open enroll "$code"
grep -q 'chmod 700' "$work/err" || fail "$(cat "$work/err")"

say 'the code works, from the address in it'
device a enroll "$code" >"$work/out" || fail 'enroll'
grep -q 'for Anna at Buurtteam Zuilen' "$work/out" || fail "$(cat "$work/out")"
same 'mode of the directory' "$(stat -c %a "$work/a")" 700
same 'mode of the file' "$(stat -c %a "$work/a/device.db")" 600
same 'state' "$(status_of a state)" never-synced
sync a
same 'worker' "$(status_of a worker)" "$anna"

say 'a code works once'
refused_with 1 device b enroll "$code"
grep -q 'ask the operator for a new code' "$work/err" || fail "$(cat "$work/err")"
[ ! -e "$work/b" ] || fail 'a directory was left'

say 'an enrolled directory keeps its device, and the code stays good'
code=$(new_code)
before=$(status_of a device)
refused_with 1 device a enroll "$code"
grep -q 'already' "$work/err" || fail "$(cat "$work/err")"
same 'device' "$(status_of a device)" "$before"
device b enroll "$(echo "$code" | tr '[:upper:]' '[:lower:]')" >/dev/null || fail 'a code in lower case'

say 'a server of another organisation is noticed'
code=$(new_code)
other=$work/other
buurtsyncd init --dir "$other" --schema "$SOURCE_DIR/tests/schemas/lijst" --listen 127.0.0.1:0 --name Anders >/dev/null 2>&1
buurtsyncd run --dir "$other" >"$work/other.ready" 2>"$work/other.log" &
background=$!
refused_with 1 device c enroll "$code" --server "$(wait_ready "$work/other.ready")"
grep -q 'is not the server that this code is of' "$work/err" || fail "$(cat "$work/err")"
[ ! -e "$work/c" ] || fail 'a directory was left'
device c enroll "$code" >/dev/null || fail 'the code is good no longer'
