#!/bin/sh
# A day of two workers over a mobile network: 2 % of all packets lost, 100 ms on their way, more or less 30, and twice
# no network at all for seconds.  Each change arrives once, and what the devices say meanwhile is true.
# timeout: 120
# labels: serial
. "${SOURCE_DIR:-$(dirname "$0")/../..}/tests/e2e/lib.sh"
skip() {
	echo "$test_name: skipped: $*" >&2
	exit 77
}
for program in ip unshare nsenter badlink; do
	command -v "$program" >/dev/null || skip "there is no $program here"
done
[ "$(id -u)" = 0 ] || skip 'network namespaces need root'
unshare -n true 2>/dev/null || skip 'this machine gives no network namespaces'
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'

# --- Places: each is a network of its own, that of a process that sleeps ---

changes=30
place() { # VARIABLE
	unshare -n sleep 300 &
	background="$background $!"
	eval "$1=$!"
}
place far
place at_a
place at_b
within() { # PROCESS COMMAND…
	lib_place=$1
	shift
	nsenter -t "$lib_place" -n "$@"
}
device() { # as lib.sh, in the device's own place
	lib_who=$1
	shift
	eval "lib_place=\$at_$lib_who"
	within "$lib_place" buurtsync --dir "$work/$lib_who" "$@"
}
# A process has its place a moment after it has begun.
here=$(readlink /proc/self/ns/net)
for each in $far $at_a $at_b; do
	until [ "$(readlink "/proc/$each/ns/net")" != "$here" ]; do sleep 0.02; done
done
badlink --loss 2 --delay 100 --jitter 30 "$far=10.77.0.1" "$at_a=10.77.0.2" "$at_b=10.77.0.3" \
	>"$work/badlink.ready" 2>"$work/badlink.log" &
network=$!
background="$background $network"
tries=0
until grep -q '^ready' "$work/badlink.ready"; do
	kill -0 "$network" 2>/dev/null || skip "$(cat "$work/badlink.log")"
	tries=$((tries + 1))
	[ "$tries" -lt 200 ] || fail 'the network is not made'
	sleep 0.05
done
number=1
for each in $far $at_a $at_b; do
	within "$each" ip address add "10.77.0.$number/24" dev bad0 || skip 'an interface gets no address'
	within "$each" ip link set bad0 up
	number=$((number + 1))
done

buurtsyncd init --dir "$store" --schema "$SOURCE_DIR/tests/schemas/lijst" --listen 10.77.0.1:4747 \
	--name Zuilen >"$work/init.out" 2>"$work/init.log" || fail "init: $(cat "$work/init.log")"
nsenter -t "$far" -n buurtsyncd run --dir "$store" >"$work/ready" 2>>"$work/daemon.log" &
daemon=$!
devices_address=$(wait_ready "$work/ready")

say 'two devices enrol and take up the work'
enrol a "$(new_worker Anna)"
enrol b "$(new_worker Bram)"
device a sql "INSERT INTO lijst (naam, titel) VALUES ('werk', 'Werk'); INSERT INTO punt (lijst, nr, tekst, aantal) VALUES ('werk', 0, 'samen', 0)"
sync a b
for who in a b; do
	eval "each=\$at_$who"
	nsenter -t "$each" -n buurtsync --dir "$work/$who" agent >"$work/$who.ready" 2>>"$work/$who.agent.log" &
	eval "agent_$who=$!"
	background="$background $!"
	eventually "the agent of $who connects" true status_of "$who" connected
done

say "$changes changes on each, with the network away twice"
change() { # DEVICE NUMBER: a row of its own, one of the shared counter, and a text of its own row
	case $1 in a) lib_base=100 ;; *) lib_base=200 ;; esac
	device "$1" sql "INSERT INTO punt (lijst, nr, tekst, aantal) VALUES ('werk', $((lib_base + $2)), '$1 $2', 1); UPDATE punt SET aantal = aantal + 1 WHERE nr = 0; UPDATE punt SET titel = 'af' WHERE nr = $((lib_base + $2 - 1)) AND nr > $((lib_base + 1))"
}
number=0
while [ "$number" -lt "$changes" ]; do
	number=$((number + 1))
	case $number in
	8 | 20) kill -USR1 "$network" ;;
	15 | 27) kill -USR2 "$network" ;;
	esac
	change a "$number"
	change b "$number"
	if [ "$number" = 14 ]; then
		sleep 2
		for who in a b; do
			[ "$(status_of "$who" pending_changes)" -ge 6 ] || fail "$who says that work arrived without a network"
			same "state of $who without a network" "$(status_of "$who" state)" pending
		done
		same 'the own work is there' "$(value a "SELECT count(*) FROM punt WHERE nr BETWEEN 101 AND 199")" 14
	fi
	sleep 0.2
done

say 'the network stays, and everything arrives, once'
for who in a b; do
	device "$who" sync --timeout 40 || fail "$who does not get through"
done
sync a
for who in a b; do
	same "pending on $who" "$(status_of "$who" pending_changes)" 0
	same "state of $who" "$(status_of "$who" state)" up-to-date
	same "conflicts on $who" "$(status_of "$who" conflicts_open)" 0
	same "counter on $who" "$(value "$who" 'SELECT aantal FROM punt WHERE nr = 0')" $((2 * changes))
	same "rows on $who" "$(value "$who" 'SELECT count(*) FROM punt')" $((2 * changes + 1))
done
same 'counter of the store' "$(store_value 'SELECT aantal FROM punt WHERE nr = 0')" $((2 * changes))
cat >"$work/tables" <<'END'
lijst naam, titel
punt lijst, nr, titel, tekst, aantal, labels
END
all_equal "$work/tables" a b
same 'inbox of the store' "$(ctl inbox list | grep -c . || true)" 0
stop_agent "$agent_a"
stop_agent "$agent_b"
stop_daemon
store_checks
