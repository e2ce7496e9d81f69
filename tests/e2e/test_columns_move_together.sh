#!/bin/sh
# Columns of a group move together: of two concurrent changes one stands whole, whichever comes first, and the other is in
# the history.
# timeout: 60
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
samira=$(new_worker 'Samira Oulad')
joost=$(new_worker 'Joost Terpstra')
enrol samira "$samira"
enrol joost "$joost"
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Mila');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief'),
		(x'b2', x'd0', x'$joost', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, status, namens) VALUES (x'01', x'd0', 'Slapen', 'open', 'team'),
		(x'02', x'd0', 'Eten', 'open', 'team');
	COMMIT" >/dev/null
sync samira joost

# Samira changes the status alone, Joost the name alone; Joost is later and wins, in both orders of arrival.
for id in 01 02; do
	device samira sql "UPDATE doel SET status = 'gehaald' WHERE id = x'$id'" >/dev/null
	sleep 0.01
	device joost sql "UPDATE doel SET namens = 'moeder' WHERE id = x'$id'" >/dev/null
	if [ "$id" = 01 ]; then sync samira joost samira; else sync joost samira joost; fi
	for who in samira joost; do
		same "goal $id of $who" "$(device "$who" sql "SELECT status || ' ' || namens AS t FROM doel WHERE id = x'$id'" | field t)" \
			'open moeder'
	done
	same "goal $id in the store" "$(store_value "SELECT status || ' ' || namens FROM doel WHERE id = x'$id'")" 'open moeder'
done
# Who has seen both changes one column, and the other goes along as it stands.
device samira sql "UPDATE doel SET status = 'gehaald' WHERE id = x'01'" >/dev/null
sync samira joost
same 'a later change' "$(device joost sql "SELECT status || ' ' || namens AS t FROM doel WHERE id = x'01'" | field t)" 'gehaald moeder'
device samira history doel 01 | grep -q '"value":"gehaald"' || fail "the history lacks what lost: $(device samira history doel 01)"
say 'of two concurrent changes of a group one stands whole'
stop_daemon
store_checks
