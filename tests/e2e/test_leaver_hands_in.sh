#!/bin/sh
# A leaver is disabled, and seven visits are not handed in: a suspended device hands them in under the leaver's name, and receives nothing.
# When the households have been handed over first, they wait for the successor.  Revoked, it reaches nothing any more.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
unset LC_ALL LC_MESSAGES BUURTSYNC_LANG
export LANG=C
start_daemon
mo=$(new_worker 'Mo Lahbabi')
femke=$(new_worker 'Femke Hoogland')
enrol mo "$mo"
enrol femke "$femke"
sync mo femke
device mo sql "BEGIN;
	INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd0', 'Gezin Zeeman', x'$mo');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
		(x'b0', x'd0', x'$mo', 'actief'), (x'b1', x'd0', x'$femke', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'01', x'd0', 'Slapen', 'open');
	COMMIT" >/dev/null
sync mo femke
number=$(device mo status --json | field device)
visit() { # NUMBER
	device mo sql "INSERT INTO voortgang (id, dossier_id, doel_id, soort, compartiment, tekst)
		VALUES (x'a$1', x'd0', x'01', 'gesprek', 'basis', 'Bezoek $1')" >/dev/null
}
for each in 1 2 3 4 5 6 7; do visit "$each"; done
ctl device suspend "$number" >/dev/null
device femke sql "UPDATE doel SET tekst = 'Elke nacht slapen' WHERE id = x'01'" >/dev/null
sync femke

ends_with 1 device mo sync --timeout 30
grep -q 'suspended' "$work/err" || fail "he is not told: $(cat "$work/err")"
same 'all is handed in' "$(status_of mo pending_changes)" 0
same 'under his name' "$(ctl sql "SELECT count(*) AS v FROM bsync_receipt r JOIN bsync_line l ON l.no = r.line_no
	JOIN bsync_device d ON d.no = l.device_no WHERE d.worker = x'$mo' AND r.verdict IN (0, 1)" | only_value)" 8
same 'the visits are there' "$(store_value 'SELECT count(*) FROM voortgang')" 7
same 'nothing came to him' "$(value mo "SELECT tekst FROM doel WHERE id = x'01'")" Slapen
sync femke
same 'his colleague reads them' "$(value femke 'SELECT count(*) FROM voortgang')" 7
say 'a suspended device hands in, and receives nothing'

ctl worker handover 'Mo Lahbabi' --to 'Femke Hoogland' >/dev/null
visit 8
ends_with 1 device mo sync --timeout 30
same 'handed in too' "$(status_of mo pending_changes)" 0
same 'and not taken' "$(store_value 'SELECT count(*) FROM voortgang')" 7
sync femke
device femke inbox list --json >"$work/inbox"
grep -q '"kind":"late".*Bezoek 8' "$work/inbox" || fail "it does not wait for the successor: $(cat "$work/inbox")"
say 'after the hand-over it waits for the successor'

ctl device revoke "$number" >/dev/null
visit 9
ends_with 1 device mo sync --timeout 30
grep -q 'revoked' "$work/err" || fail "he is not told: $(cat "$work/err")"
same 'nothing comes in any more' "$(status_of mo pending_changes)" 1
say 'a revoked device reaches nothing'
stop_daemon
store_checks
