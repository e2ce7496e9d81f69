#!/bin/sh
# Work of one who may not write there waits for those who may; its author does not see it, and is told that once.
# timeout: 60
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
unset LC_ALL LC_MESSAGES BUURTSYNC_LANG
export LANG=C
start_daemon
samira=$(new_worker 'Samira Oulad')
joost=$(new_worker 'Joost Terpstra')
enrol samira "$samira"
enrol joost "$joost"
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd1', 'Noor');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b3', x'd1', x'$samira', 'actief');
	COMMIT" >/dev/null
sync samira joost
device joost sql "INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'05', x'd1', 'Fietsen', 'open')" >/dev/null
LANG=nl_NL.UTF-8 device joost sync --timeout 20 2>"$work/told"
same 'he is told' "$(lines <"$work/told")" 1
grep -q 'schreef in doel is niet helemaal overgenomen: een deel mag jij niet schrijven' "$work/told" || fail "$(cat "$work/told")"
! grep -q 'Fietsen\|Noor' "$work/told" || fail "he is told too much: $(cat "$work/told")"
device joost sync --timeout 20 2>"$work/told"
same 'and not again' "$(lines <"$work/told")" 0
same 'it has left his screen' "$(value joost 'SELECT count(*) FROM doel')" 0
same 'the status counts it' "$(status_of joost not_taken)" 1
device joost status | grep -q '^not taken  *1 ' || fail "the status says nothing: $(device joost status)"
device joost receipts doel 05 | grep -q '"reason":"waits where its author does not see it: ' || fail 'the receipt says it'
device joost sql "INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'06', x'd1', 'Lopen', 'open')" >/dev/null
device joost sync --timeout 20 2>"$work/told"
grep -q 'in doel was not all taken: a part is not yours to write' "$work/told" || fail "$(cat "$work/told")"
say 'its author is told once, in Dutch and English, and of nothing that is not theirs'

sync samira
same 'it waits for who may write' "$(device samira inbox list --json | grep -c '"kind":"refused".*\(Fietsen\|Lopen\)')" 2
same 'who may is told of nothing else' "$(status_of samira not_taken)" 0
stop_daemon
store_checks
