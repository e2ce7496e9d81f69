#!/bin/sh
# Access to a consult that has an end: the rows leave the specialist's device at that moment without a connection, while an agent runs and
# when the device was closed; what she wrote before still reaches the household, and the next contact brings nothing back.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
unset LC_ALL LC_MESSAGES BUURTSYNC_LANG
export LANG=C
start_daemon
samira=$(new_worker 'Samira Oulad')
hanneke=$(new_worker 'Hanneke Vroom')
joris=$(new_worker 'Joris Haverkort')
enrol samira "$samira"
enrol hanneke "$hanneke"
enrol joris "$joris"
sync samira

# Six seconds are enough to hand it out, and the daemon is gone before they are over.
until=$(date -u -d '+6 seconds' '+%Y-%m-%d %H:%M:%S')
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd0', 'Gezin Van Dalfsen', x'$samira');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief');
	INSERT INTO consult (id, dossier_id, specialist_id, met_dossier, vraag, toegang_tot, status) VALUES
		(x'01', x'd0', x'$hanneke', 1, 'kenmerkendevraageen', '$until', 'gevraagd'),
		(x'02', x'd0', x'$joris', 1, 'kenmerkendevraagtwee', '$until', 'gevraagd');
	COMMIT" >/dev/null
sync samira joris
start_agent hanneke
eventually 'the question comes' kenmerkendevraageen value hanneke 'SELECT vraag FROM consult'
same 'the other too' "$(value joris 'SELECT vraag FROM consult')" kenmerkendevraagtwee
stop_daemon
device hanneke sql "UPDATE consult SET status = 'gehouden', advies = 'Denk aan EMDR' WHERE id = x'01'" >/dev/null
same 'before the end it is there' "$(value hanneke 'SELECT vraag FROM consult')" kenmerkendevraageen
say 'a consult until a moment, and no connection'

eventually 'the agent lets it go' 0 value hanneke 'SELECT count(*) FROM consult'
same 'and who was closed, when it is opened' "$(value joris 'SELECT count(*) FROM consult')" 0
for each in hanneke joris; do
	! grep -qa kenmerkendevraag "$work/$each"/device.db* || fail "the file of $each still has the question"
done
same 'her work waits' "$(status_of hanneke pending_changes)" 1
say 'the end has come: nothing of it is left, and the work waits'

start_daemon
sync hanneke joris samira
same 'it stays gone' "$(value hanneke 'SELECT count(*) FROM consult')$(value joris 'SELECT count(*) FROM consult')" 00
same 'her work is handed in' "$(status_of hanneke pending_changes)" 0
device samira inbox list --json >"$work/inbox"
grep -q 'Denk aan EMDR' "$work/inbox" || fail "the advice is not in the inbox: $(cat "$work/inbox")"
same 'and not in the row' "$(value samira "SELECT count(advies) FROM consult WHERE id = x'01'")" 0
say 'the advice is for the permanent worker to judge'
stop_daemon
store_checks
