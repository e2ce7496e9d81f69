#!/bin/sh
# Who is not of this organisation is refused by the real daemon: without a certificate, with another organisation's, with
# TLS 1.2, with a wrong, used or expired code.  Meanwhile everybody else is served, on the connections they have.
# timeout: 90
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
worker=$(new_worker 'Samira Oulad')
enrol writer "$worker"
enrol reader "$worker"
sync writer reader
start_agent reader
contact=$(status_of reader last_attempt)

served=0
others_are_served() { # AFTER WHAT: what one writes reaches the other over the connection it has had all along
	served=$((served + 1))
	device writer sql "INSERT INTO lijst (naam, titel) VALUES ('l$served', 'titel')" >/dev/null
	device writer sync --timeout 10
	eventually "after $1, what a connected device sees" "$served" value reader 'SELECT count(*) FROM lijst'
	same "after $1 the connection of a device" "$(status_of reader connected) $(status_of reader last_attempt)" "true $contact"
}
refused() { # WHAT WAY [CODE]
	what=$1
	shift
	stranger "$address" "$@" >"$work/stranger" || fail "$what: $(cat "$work/stranger")"
	others_are_served "$what"
	say "$what: $(cat "$work/stranger")"
}
logged() { # TEXT: the daemon says so, once more than before
	grep -qF "$1" "$work/daemon.log" || fail "the daemon does not log \"$1\""
}

others_are_served 'the start'
code=$(ctl device enroll --worker "$worker" | tail -n 1)
refused "no certificate" none
logged 'event=handshake-failed'
refused "a certificate of another organisation" other
refused "a certificate of a CA with this organisation's id" impostor "$code"
logged "certificate is not of this organisation"
refused "TLS 1.2" tls12
case $(cat "$work/stranger") in
*'alert 70'* | *'alert 40'*) ;;
*) fail "TLS 1.2 is not refused by protocol_version or handshake_failure: $(cat "$work/stranger")" ;;
esac
refused "no TLS at all" noise
refused "a protocol nobody speaks" alpn
refused "a session on the enrolment protocol" enrol-hello
same 'how that was refused' "$(cat "$work/stranger")" 'error unexpected'

# --- Codes ---
no_device() { # WHAT: nothing is left of it on this machine, and the store has no device more
	[ ! -e "$work/new/device.db" ] || fail "$1 leaves a device behind"
	same "devices after $1" "$(ctl device list --json | lines)" "$devices"
	others_are_served "$1"
}
devices=$(ctl device list --json | lines)
refused_with 1 device new enroll "$(stranger recode "$code")"
no_device 'a wrong code'
say "a wrong code: $(cat "$work/err")"
refused_with 1 device new enroll "$(echo "$code" | sed 's/.$/?/')"
no_device 'a mistyped code'
say "a mistyped code: $(cat "$work/err")"

device other enroll "$code" >/dev/null
devices=$((devices + 1))
refused_with 1 device new enroll "$code"
no_device 'a used code'
say "a used code: $(cat "$work/err")"
device other sync --timeout 10

late=$(ctl device enroll --worker "$worker" | tail -n 1)
stop_agent "$agent"
stop_daemon
rawsql "$store/store.db" "UPDATE bsync_code SET expires_ms = $(date +%s)000 - 1 WHERE used = 0"
start_daemon
start_agent reader
contact=$(status_of reader last_attempt)
refused_with 1 device new enroll "$late"
no_device 'an expired code'
say "an expired code: $(cat "$work/err")"

# --- A device that was one ---
id=$(status_of other device)
ctl device revoke "$id" >/dev/null
device other sql "INSERT INTO lijst (naam) VALUES ('van een ander')" >/dev/null
refused_with 1 device other sync --timeout 5
same 'what a revoked device wrote, in the store' "$(store_value "SELECT count(*) FROM lijst WHERE naam = 'van een ander'")" 0
others_are_served 'a revoked device'
say "a revoked device: $(cat "$work/err")"
stop_agent "$agent"
stop_daemon
store_checks
