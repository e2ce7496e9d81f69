#!/bin/sh
# After TLS: own edits are durable after one wait, and a device is in sync after at most two, however much there is to
# do.  Counted on a link with a round trip of 600 ms, on which everything else costs little: TLS itself is one wait.
# A machine that is busy with other things adds time, never takes it away: of several tries the shortest counts, as a wait
# that is really there shows in each.
# timeout: 110
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
tries=5
in_waits() { # WHAT AT-MOST NOTES: the far device syncs, each time with so many new notes of its own
	took=1000000
	try=0
	while [ "$try" -lt "$tries" ] && [ "$took" -ge $((wait_ms * ($2 * 100 + 95) / 100)) ]; do
		try=$((try + 1))
		[ "$3" = 0 ] || notes far "$3"
		began=$(now_ms)
		device far sync --timeout 20
		this=$(($(now_ms) - began))
		[ "$this" -ge "$took" ] || took=$this
	done
	# A hundredth of them, since a wait that was not there would show as a whole one.
	waits=$((took * 100 / wait_ms))
	[ "$waits" -ge 190 ] || fail "$1: $took ms is less than TLS and one wait: the link is not slow"
	[ "$waits" -lt $(($2 * 100 + 95)) ] || fail "$1: $took ms is more than $2 waits of $wait_ms ms"
	say "$1: $took ms, so $((waits / 100 - 1)) after TLS"
}
in_waits 'nothing to do' 2 0
in_waits 'one change to hand in' 2 1
in_waits '500 changes to hand in' 3 500

took=1000000
try=0
while [ "$try" -lt "$tries" ] && [ "$took" -ge $((wait_ms * 295 / 100)) ]; do
	try=$((try + 1))
	notes far 20
	began=$(now_ms)
	buurtsync --dir "$work/far" sync --timeout 20 &
	syncing=$!
	eventually 'what waits on the device' 0 status_of far pending_changes
	this=$(($(now_ms) - began))
	[ "$this" -ge "$took" ] || took=$this
	wait "$syncing" || fail 'the sync failed'
done
[ "$took" -lt $((wait_ms * 295 / 100)) ] || fail "20 changes are durable only after $took ms"
say "20 changes to hand in: known to be durable after $took ms, one wait after TLS"

# One change each way: the other device hands its own in over a fast link first.
took=1000000
try=0
while [ "$try" -lt "$tries" ] && [ "$took" -ge $((wait_ms * 295 / 100)) ]; do
	try=$((try + 1))
	link_off
	link_on
	notes near 1
	sync near
	link_off
	link_on --delay-ms $((wait_ms / 2))
	notes far 1
	began=$(now_ms)
	device far sync --timeout 20
	this=$(($(now_ms) - began))
	[ "$this" -ge "$took" ] || took=$this
done
[ "$took" -ge $((wait_ms * 190 / 100)) ] || fail "one change each way: $took ms is less than TLS and one wait"
[ "$took" -lt $((wait_ms * 295 / 100)) ] || fail "one change each way: $took ms is more than 2 waits of $wait_ms ms"
say "one change each way: $took ms, so $((took * 100 / wait_ms / 100 - 1)) after TLS"
same 'notes on the far device' "$(value far 'SELECT count(*) FROM logboek')" "$(store_value 'SELECT count(*) FROM logboek')"
[ "$(store_value 'SELECT count(*) FROM logboek')" -ge 523 ] || fail 'notes are missing from the store'
link_off
stop_daemon
