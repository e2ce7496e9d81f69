#!/bin/sh
# Truncated, oversized, deeply nested, unknown, replayed and re-ordered frames and the five-byte bomb, from an enrolled
# device: each gets its named ERROR and ends that connection alone; the daemon's memory hardly grows.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
printf 'hello_seconds = 1\nhandshake_seconds = 1\n' >>"$store/buurtsyncd.conf"
# Memory is measured, so a sanitizer must give back what is freed.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=0
export ASAN_OPTIONS
start_daemon
worker=$(new_worker 'Samira Oulad')
enrol honest "$worker"
sync honest
status=0
hostile --address "$address" --pid "$daemon" --code "$(ctl device enroll --worker "$worker" | tail -n 1)" \
	--witness "$(ctl device enroll --worker "$worker" | tail -n 1)" >"$work/hostile.out" 2>"$work/hostile.log" || status=$?
sed 's/^/  /' "$work/hostile.out"
[ "$status" -eq 0 ] || fail "hostile ended with $status"
# What came through is what was right, once, and reaches others.
sync honest
same "what the attacker handed in rightly" \
	"$(value honest "SELECT group_concat(naam) FROM (SELECT naam FROM lijst ORDER BY naam)")" \
	'vreemd-1,vreemd-2,vreemd-3,vreemd-4,vreemd-5'
stop_daemon
store_checks
