#!/bin/sh
# One process syncs for all of a device: the agent; others ask it, and take over when it is gone.
. "${SOURCE_DIR:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
enrol a "$(new_worker Anna)"
enrol b "$(new_worker Bram)"
start_agent() { # DEVICE: its process id is in $agent
	: >"$work/agent.$1"
	buurtsync --dir "$work/$1" agent >"$work/agent.$1" 2>>"$work/agent.log" &
	agent=$!
	background="$background $agent"
	tries=0
	until grep -q '^ready$' "$work/agent.$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "the agent of $1 does not say ready"
		sleep 0.05
	done
}
becomes_syncing() { # DEVICE: some process has the sync lock, within 5 s
	tries=0
	until [ "$(status_of "$1" syncing)" = true ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "nobody syncs $1"
		sleep 0.05
	done
}
comes_true() { # WHAT DEVICE EXPRESSION WANTED: within 5 s
	tries=0
	until [ "$(value "$2" "$3")" = "$4" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || fail "$1: is \"$(value "$2" "$3")\", must become \"$4\""
		sleep 0.05
	done
}

say 'what another process commits goes out at once, and comes in live'
start_agent a
agent_a=$agent
start_agent b
agent_b=$agent
sync a b
same 'connected' "$(status_of a connected)" true
same 'syncing' "$(status_of a syncing)" true
device a sql "INSERT INTO lijst (naam, titel) VALUES ('werk', 'Werk')"
comes_true 'live' b "SELECT titel FROM lijst WHERE naam = 'werk'" Werk
same 'pending' "$(status_of a pending_changes)" 0

say 'sync asks the agent: it covers what was committed before'
for nr in 1 2 3 4 5 6 7 8 9 10; do
	device a sql "INSERT INTO punt (lijst, nr, tekst) VALUES ('werk', $nr, 'x')"
done
sync a
same 'in the store' "$(store_value 'SELECT count(*) FROM punt')" 10
sync b
same 'on b' "$(value b 'SELECT count(*) FROM punt')" 10

say 'a second agent waits; the first ends in order on SIGTERM, and it takes over'
start_agent a
kill -TERM "$agent_a"
wait "$agent_a" || fail "the agent ended with $?"
agent_a=$agent
device a sql "UPDATE lijst SET titel = 'Taken'"
sync a b
same 'on b' "$(value b 'SELECT titel FROM lijst')" Taken
becomes_syncing a

say 'after kill -9 of the agent, sync does it itself'
kill -9 "$agent_a"
wait "$agent_a" 2>/dev/null || true
[ -S "$work/a/agent.sock" ] || fail 'the socket is gone already: this test tests nothing'
same 'syncing' "$(status_of a syncing)" false
device a sql "UPDATE lijst SET titel = 'Klussen'"
sync a b
same 'on b' "$(value b 'SELECT titel FROM lijst')" Klussen

say 'the agent waits for a server that is away, and hands in when it is back'
start_agent a
stop_daemon
device a sql "UPDATE lijst SET titel = 'Later'"
refused_with 1 device a sync --timeout 1
grep -q '1 changes are not handed in yet' "$work/err" || fail "$(cat "$work/err")"
same 'state' "$(status_of a state)" pending
start_daemon
device a sync --timeout 30
same 'in the store' "$(store_value 'SELECT titel FROM lijst')" Later
kill -INT "$agent"
wait "$agent" || fail "the agent ended with $? on SIGINT"
kill -TERM "$agent_b"
wait "$agent_b" || fail "the agent of b ended with $?"
