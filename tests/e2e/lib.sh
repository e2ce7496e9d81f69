# lib.sh: what the shell tests share: a store with its daemon, devices, a link that can fail, and checks.
#
# Sourced first of all:  . "$SOURCE_DIR/tests/e2e/lib.sh"
# A test ends with exit status 0 only when every check held; its files then go.  E2E_KEEP=1 keeps them.
set -eu
SOURCE_DIR=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
BUURTSYNC_SCHEMA=${BUURTSYNC_SCHEMA:-$SOURCE_DIR/schema/utrecht}
[ -z "${BUILD_DIR:-}" ] || PATH=$BUILD_DIR/bin:$PATH
test_name=$(basename "$0" .sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/buurtsync-$test_name.XXXXXX")
store=$work/store # the folder of the daemon that ctl, start_daemon … speak of
daemon=           # its process id, empty when it does not run
address=          # where it listens: kept over restarts
link=             # process id of the proxy in front of it
devices_address=  # where devices find it: the proxy, when there is one
background=       # other processes to end

for program in buurtsyncd buurtsyncctl buurtsync; do
	command -v "$program" >/dev/null || {
		echo "$test_name: $program is not in PATH" >&2
		exit 77
	}
done

finish() {
	status=$?
	trap - EXIT
	for process in $background $link $daemon; do
		kill -9 "$process" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		printf '%s: FAILED; files are in %s\n' "$test_name" "$work" >&2
		tail -n 8 "$work"/*.log >&2 2>/dev/null || true
	elif [ -z "${E2E_KEEP:-}" ]; then
		rm -rf "$work"
	fi
	exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

say() { printf '  %s\n' "$*"; }
fail() {
	printf '%s: %s\n' "$test_name" "$*" >&2
	exit 1
}

# --- Programs ---

ctl() { buurtsyncctl --dir "$store" "$@"; }
device() { # DEVICE ARGUMENTS…
	lib_who=$1
	shift
	buurtsync --dir "$work/$lib_who" "$@"
}

wait_ready() { # FILE: waits for the line `ready TEXT` and prints TEXT
	lib_tries=0
	until grep -q '^ready ' "$1" 2>/dev/null; do
		lib_tries=$((lib_tries + 1))
		[ "$lib_tries" -lt 400 ] || fail "nothing says ready in $1"
		sleep 0.05
	done
	sed -n 's/^ready //p' "$1" | tail -n 1
}

make_store() { # [SCHEMA] [NAME]: a fresh store in $store
	buurtsyncd init --dir "$store" --schema "${1:-$BUURTSYNC_SCHEMA}" --listen 127.0.0.1:0 \
		--name "${2:-Buurtteam Zuilen}" >"$work/init.out" 2>"$work/init.log" || fail "init: $(cat "$work/init.log")"
	address=
	devices_address=
}
start_daemon() { # [OPTIONS…]: makes the store when there is none; the address stays that of the first start
	[ -d "$store" ] || make_store
	: >"$work/ready"
	buurtsyncd run --dir "$store" "$@" >"$work/ready" 2>>"$work/daemon.log" &
	daemon=$!
	lib_ready=$(wait_ready "$work/ready")
	if [ -z "$address" ]; then
		address=$lib_ready
		sed -i "s/^[# ]*listen *=.*/listen = $address/" "$store/buurtsyncd.conf"
	fi
	devices_address=${devices_address:-$address}
}
stop_daemon() { # in order; must end with 0
	kill -TERM "$daemon"
	lib_status=0
	wait "$daemon" || lib_status=$?
	daemon=
	[ "$lib_status" -eq 0 ] || fail "the daemon ended with $lib_status on SIGTERM"
}
kill_daemon() { # as a power cut of the process
	kill -9 "$daemon"
	wait "$daemon" 2>/dev/null || true
	daemon=
}

# The network of all devices: a proxy in front of the daemon.  Words are faultproxy's.  Devices enrolled before the
# first link_on go past it.
link_on() {
	: >"$work/link"
	if [ "$devices_address" = "$address" ]; then
		faultproxy --to "$address" "$@" >"$work/link" 2>"$work/link.log" &
	else
		faultproxy --listen "$devices_address" --to "$address" "$@" >"$work/link" 2>"$work/link.log" &
	fi
	link=$!
	devices_address=$(wait_ready "$work/link")
}
link_off() {
	kill "$link"
	wait "$link" 2>/dev/null || true
	link=
}

new_worker() { # NAME: prints the new worker's id; the team is made with the first
	[ -s "$work/team" ] || ctl team add Zuilen | tail -n 1 >"$work/team"
	ctl worker add "$1" --team "$(cat "$work/team")" | tail -n 1
}
enrol() { # DEVICE WORKER
	lib_code=$(ctl device enroll --worker "$2" | tail -n 1)
	device "$1" enroll "$lib_code" --server "$devices_address" >/dev/null
}
sync() { # DEVICE…: in this order, each within 30 s
	for lib_each; do
		device "$lib_each" sync --timeout 30
	done
}

# An agent of DEVICE in the background, connected; its process id is in $agent.
start_agent() { # DEVICE
	buurtsync --dir "$work/$1" agent >"$work/$1.ready" 2>>"$work/$1.agent.log" &
	agent=$!
	background="$background $agent"
	eventually "the agent of $1 connects" true status_of "$1" connected
}
stop_agent() { # PROCESS: must end in order
	kill "$1"
	lib_status=0
	wait "$1" || lib_status=$?
	background=$(echo " $background " | sed "s/ $1 / /")
	[ "$lib_status" -eq 0 ] || fail "an agent ended with $lib_status on SIGTERM"
}

# --- Values: of the one column `v` of a query's first row, without its quotes ---

only_value() { sed -n '1s/^{"v":"\{0,1\}\(.*[^"]\)"\{0,1\}}$/\1/p'; }
value() { device "$1" sql "SELECT ($2) AS v" | only_value; } # DEVICE EXPRESSION
store_value() { ctl sql "SELECT ($1) AS v" | only_value; }   # EXPRESSION
# A field of the first JSON object on standard input: a text without its quotes, else as it stands.
field() {
	sed -n "1s/.*\"$1\":\"\([^\"]*\)\".*/\1/p;1t;1s/.*\"$1\":\([^,}]*\).*/\1/p"
}
status_of() { device "$1" status --json | field "$2"; } # DEVICE FIELD

# --- Checks ---

same() { # WHAT GOT WANTED
	[ "$2" = "$3" ] || fail "$1: is \"$2\", must be \"$3\""
}
lines() { wc -l | tr -d ' '; }
eventually() { # WHAT WANTED COMMAND…: prints WANTED within ten seconds
	lib_what=$1
	lib_wanted=$2
	shift 2
	lib_tries=0
	until [ "$("$@")" = "$lib_wanted" ]; do
		lib_tries=$((lib_tries + 1))
		[ "$lib_tries" -lt 200 ] || fail "$lib_what: is \"$("$@")\", must become \"$lib_wanted\""
		sleep 0.05
	done
}
# Runs a command that must end with STATUS; its output is in $work/out and $work/err.
ends_with() { # STATUS COMMAND…
	lib_wanted=$1
	shift
	lib_status=0
	"$@" >"$work/out" 2>"$work/err" || lib_status=$?
	[ "$lib_status" -eq "$lib_wanted" ] ||
		fail "\"$*\" ended with $lib_status, must be $lib_wanted: $(head -c 300 "$work/err")"
}
# As ends_with, and what it says on standard error is one line.
refused_with() { # STATUS COMMAND…
	ends_with "$@"
	[ "$(lines <"$work/err")" = 1 ] || fail "\"$*\" must say one line on standard error: $(cat "$work/err")"
}
# The rows that two places must have alike: `TABLE COLUMNS` lines, in a file.
dump_device() { # DEVICE FILE-OF-TABLES
	while read -r lib_table lib_columns; do
		echo "$lib_table"
		device "$1" sql "SELECT $lib_columns FROM $lib_table ORDER BY $lib_columns"
	done <"$2"
}
dump_store() { # FILE-OF-TABLES
	while read -r lib_table lib_columns; do
		echo "$lib_table"
		ctl sql "SELECT $lib_columns FROM $lib_table ORDER BY $lib_columns"
	done <"$1"
}
all_equal() { # FILE-OF-TABLES DEVICE…: each holds what the store holds, and that is something
	lib_tables=$1
	shift
	dump_store "$lib_tables" >"$work/dump.store"
	grep -q '^{' "$work/dump.store" || fail "the store holds nothing"
	for lib_each; do
		dump_device "$lib_each" "$lib_tables" >"$work/dump.$lib_each"
		cmp -s "$work/dump.store" "$work/dump.$lib_each" ||
			fail "$lib_each differs from the store: $(diff "$work/dump.store" "$work/dump.$lib_each" | head -n 6)"
	done
}
store_checks() { # with the daemon down
	ends_with 0 buurtsyncd check --dir "$store"
}
