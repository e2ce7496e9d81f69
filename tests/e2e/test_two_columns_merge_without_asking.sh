#!/bin/sh
# Two devices edit different columns of a row offline and sync in either order: both edits everywhere, no inbox item.
# timeout: 60
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
samira=$(new_worker 'Samira Oulad')
joost=$(new_worker 'Joost Terpstra')
enrol samira "$samira"
enrol joost "$joost"

# One household that both hold, with a goal for each order of syncing.
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam, status) VALUES (x'd0', 'Mila', 'actief');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b2', x'd0', x'$joost', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, volgorde, status) VALUES (x'01', x'd0', 'Mila slaapt', 1, 'open');
	INSERT INTO doel (id, dossier_id, tekst, volgorde, status) VALUES (x'02', x'd0', 'Mila eet', 2, 'open');
	INSERT INTO ondersteuningsplan (id, dossier_id, analyse, status) VALUES (x'e1', x'd0', 'nog niets', 'concept');
	COMMIT" >/dev/null
sync samira joost
same 'what Joost holds' "$(value joost "SELECT group_concat(tekst, '|') FROM (SELECT tekst FROM doel ORDER BY id)")" 'Mila slaapt|Mila eet'

one_round() { # GOAL FIRST SECOND: Samira and Joost edit beside each other, FIRST syncs before SECOND
	link_is="$2 first"
	device samira sql "UPDATE doel SET status = 'gehaald' WHERE id = x'$1'" >/dev/null
	device joost sql "UPDATE doel SET volgorde = 7 WHERE id = x'$1'" >/dev/null
	# One of the two is a column whose concurrent values would all stand: an edit beside it makes no item.
	device samira sql "UPDATE doel SET tekst = 'Mila slaapt in haar eigen bed' WHERE id = x'$1'" >/dev/null
	device joost sql "UPDATE doel SET leefgebieden = '[\"wonen\"]' WHERE id = x'$1'" >/dev/null
	same 'before the sync Joost sees' "$(value joost "SELECT status FROM doel WHERE id = x'$1'")" open
	sync "$2" "$3" "$2"
	wanted='gehaald 7 Mila slaapt in haar eigen bed wonen'
	row="SELECT status || ' ' || volgorde || ' ' || tekst || ' ' || (leefgebieden ->> 0) FROM doel WHERE id = x'$1'"
	for who in samira joost; do
		same "$link_is: the goal on $who's device" "$(value "$who" "$row")" "$wanted"
		same "$link_is: items of $who" "$(device "$who" inbox list --json | lines)" 0
		same "$link_is: open conflicts of $who" "$(status_of "$who" conflicts_open)" 0
	done
	same "$link_is: the goal in the store" "$(store_value "$row")" "$wanted"
	same "$link_is: items of the operator" "$(ctl inbox list --json | lines)" 0
	say "$link_is: both edits on both devices and in the store, nobody was asked"
}
one_round 01 samira joost
one_round 02 joost samira

# Two keep columns of one row, a word each: they are different cells too.
device samira sql "UPDATE ondersteuningsplan SET analyse = 'slaapt slecht' WHERE id = x'e1'" >/dev/null
device joost sql "UPDATE ondersteuningsplan SET vraag_van_client = 'rust in huis' WHERE id = x'e1'" >/dev/null
sync joost samira joost
for who in samira joost; do
	same "the plan on $who's device" "$(value "$who" "SELECT analyse || ', ' || vraag_van_client FROM ondersteuningsplan")" \
		'slaapt slecht, rust in huis'
	same "items of $who" "$(device "$who" inbox list --json | lines)" 0
done
same 'items of the operator' "$(ctl inbox list --json | lines)" 0
say "two keep columns of one row: both edits, nobody was asked"
stop_daemon
store_checks
