#!/bin/sh
# A household is handed to a colleague while its worker holds edits that are not handed in: they wait in the inbox of the new lead, their
# author is told that they do, without anything of the household, which leaves the device with the receipt.  All households of a
# worker go in one act, which can be seen beforehand.
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
for number in 1 2 3; do
	device mo sql "BEGIN;
		INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd$number', 'Huishouden $number', x'$mo');
		INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b$number', x'd$number', x'$mo', 'actief');
		INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'0$number', x'd$number', 'kenmerkend doel $number', 'open');
		COMMIT" >/dev/null
done
# Femke knows one of them already, and has work there that is not handed in.
device mo sql "INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'bf', x'd1', x'$femke', 'actief')" >/dev/null
sync mo femke
device mo sql "UPDATE doel SET tekst = 'kenmerkend, door Mo veranderd' WHERE id = x'01'" >/dev/null
device mo sql "INSERT INTO voortgang (id, dossier_id, doel_id, soort, compartiment, tekst)
	VALUES (x'a0', x'd2', x'02', 'gesprek', 'basis', 'kenmerkend gesprek')" >/dev/null
device femke sql "UPDATE doel SET status = 'loopt' WHERE id = x'01'" >/dev/null

ctl scope preview worker handover 'Mo Lahbabi' --to 'Femke Hoogland' >"$work/preview"
same 'who would lose' "$(grep -c '^loses	Mo Lahbabi	dossier_kring' "$work/preview")" 3
same 'who would gain' "$(grep -c '^gains	Femke Hoogland	dossier_kring' "$work/preview")" 2
same 'nothing has changed yet' "$(store_value "SELECT count(*) FROM betrokkenheid WHERE medewerker_id = x'$mo' AND status = 'actief'")" 3
ctl worker handover 'Mo Lahbabi' --to 'Femke Hoogland' >"$work/out"
same 'what it wrote' "$(cat "$work/out")" '8 rows written'
same 'who leads' "$(store_value "SELECT count(*) FROM dossier WHERE vaste_hulpverlener_id = x'$femke'")" 3
same 'at one position' "$(ctl sql "SELECT count(DISTINCT counter) AS v FROM bsync_member_log WHERE act = 1" | only_value)" 1
say 'three households go in one act, as was told beforehand'

sync femke
same 'she has them' "$(value femke 'SELECT count(*) FROM dossier')" 3
same 'her own work came in' "$(store_value "SELECT status FROM doel WHERE id = x'01'")" loopt
device mo sync --timeout 30 2>"$work/told"
same 'he is told, once each' "$(grep -c 'came in after your access to it had ended' "$work/told")" 2
! grep -q 'kenmerkend\|Huishouden' "$work/told" || fail "he is told too much: $(cat "$work/told")"
device mo sync --timeout 30 2>"$work/told"
same 'and not again' "$(lines <"$work/told")" 0
same 'his work is handed in' "$(status_of mo pending_changes)" 0
same 'nothing of it is on his device' "$(value mo 'SELECT (SELECT count(*) FROM dossier) + (SELECT count(*) FROM doel)')" 0
! grep -qa 'kenmerkend' "$work"/mo/device.db* || fail 'his file still has the households'
same 'nothing of it was taken' "$(store_value "SELECT tekst FROM doel WHERE id = x'01'")" 'kenmerkend doel 1'
sync femke
device femke inbox list --json >"$work/inbox"
for text in 'kenmerkend, door Mo veranderd' 'kenmerkend gesprek'; do
	grep -q "\"kind\":\"late\".*$text" "$work/inbox" || fail "her inbox lacks $text: $(cat "$work/inbox")"
done
say 'what he had not handed in waits for the new lead'
device mo receipts doel 01 >"$work/told"
grep -q '"verdict":"inbox","reason":"late: access to this had ended' "$work/told" || fail "the receipt does not say it: $(cat "$work/told")"
device mo inbox list --all --json >"$work/told"
same 'and has nothing to choose' "$(lines <"$work/told")" 0
id=$(grep "door Mo" "$work/inbox" | field id)
device femke inbox resolve "$id" --take 2 >/dev/null
sync femke
same 'she takes it' "$(store_value "SELECT tekst FROM doel WHERE id = x'01'")" 'kenmerkend, door Mo veranderd'
say 'and she takes it'

refused_with 1 ctl worker handover 'Mo Lahbabi' --to 'Mo Lahbabi'
refused_with 2 ctl worker handover 'Mo Lahbabi'
stop_daemon
store_checks
