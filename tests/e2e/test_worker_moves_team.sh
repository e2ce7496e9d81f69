#!/bin/sh
# A worker moves team at noon, with twelve visits that are not handed in: the operator sees beforehand what it does; the next contact hands
# them in for the old team, whose work then leaves the device, and the work of the new team comes.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
unset LC_ALL LC_MESSAGES BUURTSYNC_LANG
export LANG=C
start_daemon
mo=$(new_worker 'Mo Lahbabi')
zuilen=$(ctl sql "SELECT hex(team_id) AS v FROM medewerker" | only_value)
ctl team add Ondiep >/dev/null
dunya=$(ctl worker add 'Dunya Kaya' --team Ondiep | tail -n 1)
ondiep=$(ctl sql "SELECT hex(team_id) AS v FROM medewerker WHERE id = x'$dunya'" | only_value)
femke=$(new_worker 'Femke Hoogland')
for each in mo dunya femke; do
	eval "enrol $each \$$each"
done
sync mo dunya femke
device femke sql "INSERT INTO vroegsignaal (id, team_id, adres) VALUES (x'f0', x'$zuilen', 'Zuilenlaan 1')" >/dev/null
device dunya sql "INSERT INTO vroegsignaal (id, team_id, adres) VALUES (x'd0', x'$ondiep', 'Ondiepstraat 1')" >/dev/null
sync femke dunya mo
same 'the work of the old team' "$(value mo 'SELECT group_concat(adres) FROM vroegsignaal')" 'Zuilenlaan 1'

for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
	device mo sql "INSERT INTO vroegsignaal (id, team_id, adres, uitkomst) VALUES (uuid(), x'$zuilen', 'Deur $number', 'gesprek')" >/dev/null
done
before=$(ctl sql 'SELECT count(*) AS v FROM bsync_member_log' | only_value)
ctl scope preview worker move 'Mo Lahbabi' --team Ondiep >"$work/preview"
grep -q '^loses	Mo Lahbabi	team_werk	' "$work/preview" || fail "what is lost is not told: $(cat "$work/preview")"
grep -q '^gains	Mo Lahbabi	team_werk	' "$work/preview" || fail "what is gained is not told: $(cat "$work/preview")"
same 'nothing has changed yet' "$(ctl sql 'SELECT count(*) AS v FROM bsync_member_log' | only_value)" "$before"
ctl worker move 'Mo Lahbabi' --team Ondiep >/dev/null
same 'it is written down' "$(ctl sql "SELECT sum(act = 0) || ' ' || sum(act = 1) AS v FROM bsync_member_log
	WHERE worker = x'$mo' AND counter > (SELECT max(counter) FROM bsync_receipt WHERE line_no <> 0)" | only_value)" "$(
	grep -c '^gains' "$work/preview"
) $(grep -c '^loses' "$work/preview")"
say 'a move is told beforehand, done, and written down'

sync mo
same 'all is handed in' "$(status_of mo pending_changes)" 0
same 'for the old team' "$(store_value "SELECT count(*) FROM vroegsignaal WHERE team_id = x'$zuilen' AND uitkomst = 'gesprek'")" 12
same 'nothing waits' "$(ctl inbox list --json | lines)" 0
same 'the work of the new team' "$(value mo 'SELECT group_concat(adres) FROM vroegsignaal')" 'Ondiepstraat 1'
sync femke
same 'the old team has it' "$(value femke 'SELECT count(*) FROM vroegsignaal')" 13
! grep -qa 'Zuilenlaan' "$work"/mo/device.db* || fail 'the file still has work of the old team'
say 'the visits came in for the old team, and the device has the new one'

# What it writes for the old team from now on waits for that team.
device mo sql "INSERT INTO vroegsignaal (id, team_id, adres) VALUES (uuid(), x'$zuilen', 'Te laat 1')" >/dev/null
sync mo femke
same 'not in the table' "$(store_value "SELECT count(*) FROM vroegsignaal WHERE adres = 'Te laat 1'")" 0
device femke inbox list --json >"$work/inbox"
grep -q 'Te laat 1' "$work/inbox" || fail "it is not in the inbox of the old team: $(cat "$work/inbox")"
same 'and not on the device' "$(value mo "SELECT count(*) FROM vroegsignaal WHERE adres = 'Te laat 1'")" 0
say 'what is written later waits for the old team'
stop_daemon
store_checks
