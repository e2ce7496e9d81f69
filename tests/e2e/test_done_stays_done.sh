#!/bin/sh
# Rule `order`: what was really done wins over a cancelled tick, whoever syncs first; a state does not go back, and help that begins
# again is a new round.
# timeout: 60
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
dunya=$(new_worker 'Dunya Amrani')
bas=$(new_worker 'Bas de Wit')
enrol dunya "$dunya"
enrol bas "$bas"
device dunya sql "BEGIN;
	INSERT INTO dossier (id, roepnaam, status) VALUES (x'd0', 'Okkerse', 'actief');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$dunya', 'actief');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b2', x'd0', x'$bas', 'actief');
	INSERT INTO afspraak (id, dossier_id, wat, status) VALUES (x'a1', x'd0', 'brief woningcorporatie', 'open');
	INSERT INTO afspraak (id, dossier_id, wat, status) VALUES (x'a2', x'd0', 'bellen met school', 'open');
	COMMIT" >/dev/null
sync dunya bas

one_round() { # AGREEMENT FIRST SECOND
	device dunya sql "UPDATE afspraak SET status = 'gedaan' WHERE id = x'$1'" >/dev/null
	device bas sql "UPDATE afspraak SET status = 'vervallen' WHERE id = x'$1'" >/dev/null
	sync "$2" "$3" "$2"
	for who in dunya bas; do
		same "$2 first: the agreement on $who's device" "$(value "$who" "SELECT status FROM afspraak WHERE id = x'$1'")" gedaan
		same "$2 first: items of $who" "$(device "$who" inbox list --json | lines)" 0
	done
	same "$2 first: the agreement in the store" "$(store_value "SELECT status FROM afspraak WHERE id = x'$1'")" gedaan
	say "$2 first: done on both devices and in the store"
}
one_round a1 dunya bas
one_round a2 bas dunya

ends_with 1 device bas sql "UPDATE afspraak SET status = 'open' WHERE id = x'a1'"
grep -q "afspraak.status does not go back from 'gedaan' to 'open'" "$work/err" || fail "the refusal says: $(cat "$work/err")"
ends_with 1 device bas sql "UPDATE afspraak SET status = 'weg' WHERE id = x'a1'"
same 'the agreement after two refusals' "$(value bas "SELECT status FROM afspraak WHERE id = x'a1'")" gedaan
say 'a state does not go back, and only listed states are taken'

device dunya sql "UPDATE dossier SET status = 'afgerond'" >/dev/null
device bas sql "UPDATE dossier SET status = 'actief/1'" >/dev/null
sync dunya bas dunya
for who in dunya bas; do
	same "the household on $who's device" "$(value "$who" 'SELECT status FROM dossier')" actief/1
done
say 'help that began again stays, though somebody closed the round before'
stop_daemon
store_checks
