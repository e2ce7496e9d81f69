#!/bin/sh
# S3: Femke has a plan signed offline while Mo changes it offline.  Whoever comes in first: what was signed is what she saw,
# on every device; Mo's words are in a new concept, with one clear message; nobody can change what was signed.
# timeout: 90
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
femke=$(new_worker 'Femke Hoogland')
mo=$(new_worker 'Mo Lahbabi')
enrol femke "$femke"
enrol mo "$mo"

plan_of() { echo "SELECT afgesproken_inzet || '|' || coalesce(ondertekend_op, '-') FROM ondersteuningsplan
	WHERE dossier_id = x'$1' AND status = '$2'"; }
goals_of() { echo "SELECT group_concat(tekst, ', ') FROM (SELECT d.tekst FROM doel d JOIN ondersteuningsplan p
	ON p.id = d.plan_id WHERE p.dossier_id = x'$1' AND p.status = '$2' ORDER BY d.tekst)"; }
everywhere() { # WHAT SQL WANTED
	same "$1 in the store" "$(store_value "$2")" "$3"
	for who in femke mo; do same "$1 on $who's device" "$(value "$who" "$2")" "$3"; done
}

play() { # NUMBER DEVICE…: the story in dossier dN; the devices come in in this order
	dossier=d$1 plan=a$1
	device femke sql "BEGIN;
		INSERT INTO dossier (id, roepnaam) VALUES (x'$dossier', 'Pruis');
		INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES
			(x'b${1}01', x'$dossier', x'$femke', 'actief'), (x'b${1}02', x'$dossier', x'$mo', 'actief');
		INSERT INTO ondersteuningsplan (id, dossier_id, afgesproken_inzet, status)
			VALUES (x'$plan', x'$dossier', 'elke week koffie', 'besproken');
		INSERT INTO doel (id, dossier_id, plan_id, tekst) VALUES (x'e${1}01', x'$dossier', x'$plan', 'Naar buiten');
		COMMIT" >/dev/null
	shift
	sync femke mo
	device femke sql "UPDATE ondersteuningsplan SET status = 'ondertekend', ondertekend_op = '2026-11-02'
		WHERE id = x'$plan'" >/dev/null
	device mo sql "BEGIN;
		UPDATE ondersteuningsplan SET afgesproken_inzet = 'elke dag bellen' WHERE id = x'$plan';
		INSERT INTO doel (id, dossier_id, plan_id, tekst) VALUES (x'e${plan#a}02', x'$dossier', x'$plan', 'Geld op orde');
		COMMIT" >/dev/null
	sync "$@"
	sync femke mo
	everywhere 'the signed plan' "$(plan_of "$dossier" ondertekend)" 'elke week koffie|2026-11-02'
	everywhere 'its goals' "$(goals_of "$dossier" ondertekend)" 'Naar buiten'
	everywhere 'the new concept' "$(plan_of "$dossier" concept)" 'elke dag bellen|-'
	everywhere 'its goals' "$(goals_of "$dossier" concept)" 'Geld op orde, Naar buiten'
	for who in femke mo; do
		same "items of $who" "$(device "$who" inbox list --json | lines)" 1
		id=$(device "$who" inbox list --json | field id)
		BUURTSYNC_LANG=nl device "$who" inbox show "$id" >"$work/item"
		grep -q 'Wie tekende, had dat nog niet gezien' "$work/item" || fail "the item says: $(cat "$work/item")"
		grep -q 'Mo Lahbabi' "$work/item" || fail "the item names nobody: $(cat "$work/item")"
	done
	device mo inbox resolve "$id" --take none >/dev/null
	sync mo femke
	same "items of Femke after Mo has seen it" "$(device femke inbox list --json | lines)" 0
}

play 1 mo femke
say "Mo comes in first: what was signed is what Femke saw, his words are in a new concept"
play 2 femke mo
say "Femke comes in first: the same"

device mo sql "UPDATE ondersteuningsplan SET afgesproken_inzet = 'toch anders' WHERE id = x'a1'" >/dev/null
sync mo femke
everywhere 'the signed plan' "$(plan_of d1 ondertekend)" 'elke week koffie|2026-11-02'
BUURTSYNC_LANG=nl device mo inbox list >"$work/items"
grep -q 'dit is ondertekend' "$work/items" || fail "Mo is not told: $(cat "$work/items")"
say "who has seen the signature changes nothing of it, and is told why"
stop_daemon
store_checks
