#!/bin/sh
# After TLS: own edits are durable after one wait, and a device is in sync after at most two, however much there is to
# do.  Counted on a link with a round trip of 600 ms, on which everything else costs little: TLS itself is one wait.
# timeout: 60
# labels: serial
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
link_on
worker=$(new_worker 'Samira Oulad')
enrol near "$worker"
enrol far "$worker"
device near sql "INSERT INTO lijst (naam) VALUES ('werk')" >/dev/null
sync near far
link_off
wait_ms=600
link_on --delay-ms $((wait_ms / 2))
now_ms() { echo $(($(date +%s%N) / 1000000)); }
notes() { # DEVICE COUNT: transactions of a note each
	i=0
	sql=
	while [ "$i" -lt "$2" ]; do
		i=$((i + 1))
		sql="$sql INSERT INTO logboek (id, lijst, tekst) VALUES (uuid(), 'werk', '$1 $i, en wat er verder nog te zeggen viel');"
	done
	device "$1" sql "$sql" >/dev/null
}
in_waits() { # WHAT AT-MOST: the far device syncs
	began=$(now_ms)
	device far sync --timeout 20
	took=$(($(now_ms) - began))
	# A hundredth of them, since a wait that was not there would show as a whole one.
	waits=$((took * 100 / wait_ms))
	[ "$waits" -ge 190 ] || fail "$1: $took ms is less than TLS and one wait: the link is not slow"
	[ "$waits" -lt $(($2 * 100 + 95)) ] || fail "$1: $took ms is more than $2 waits of $wait_ms ms"
	say "$1: $took ms, so $((waits / 100 - 1)) after TLS"
}
in_waits 'nothing to do' 2
notes far 1
in_waits 'one change to hand in' 2
notes far 500
in_waits '500 changes to hand in' 3

notes far 20
began=$(now_ms)
buurtsync --dir "$work/far" sync --timeout 20 &
syncing=$!
eventually 'what waits on the device' 0 status_of far pending_changes
took=$(($(now_ms) - began))
[ "$took" -lt $((wait_ms * 295 / 100)) ] || fail "20 changes are durable only after $took ms"
wait "$syncing" || fail 'the sync failed'
say "20 changes to hand in: known to be durable after $took ms, one wait after TLS"

link_off
link_on
notes near 1
sync near
link_off
link_on --delay-ms $((wait_ms / 2))
notes far 1
in_waits 'one change each way' 2
same 'notes on the far device' "$(value far 'SELECT count(*) FROM logboek')" 523
same 'notes in the store' "$(store_value 'SELECT count(*) FROM logboek')" 523
link_off
stop_daemon
