#!/bin/sh
# A fresh device catches up; a first sync that is cut at any place, or killed, goes on where it was and ends equal; a
# second device of the same worker too; and what a device has missed costs what has changed, not what there is.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
link_on
team_id=$(new_worker 'Voordeur' >/dev/null && cat "$work/team")
samira=$(new_worker 'Samira Oulad')
enrol desk "$samira"
caseload --dir "$work/desk" --team "$team_id" --workers "$samira" --dossiers 150 --seed 3 >/dev/null
sync desk
cat >"$work/tables" <<'END'
dossier id, roepnaam, wijk_code, status, vaste_hulpverlener_id, aan_zet_team_id, aangemeld_op
persoon id, dossier_id, naam, geboortejaar, rol_in_gezin
betrokkenheid id, dossier_id, medewerker_id, rol, vanaf, tot, status
ondersteuningsplan id, dossier_id, vraag_van_client, afgesproken_inzet, status
doel id, dossier_id, plan_id, tekst, volgorde, status
voortgang id, dossier_id, doel_id, soort, op, tekst
afspraak id, dossier_id, wat, wanneer, status
verhaal id, dossier_id, tekst, bij
verwijzing id, dossier_id, waarvoor, status, verzonden_op, gestart_op
inzage id, dossier_id, compartiment, medewerker_id, status
waardenweging id, casus_id, deelnemer_id, betrokkenheid
werkafspraak id, titel, tekst, status
END
passed() { wc -c <"$work/$1.wire" | tr -d ' '; }
# A device that was enrolled over a good link, and finds this one when it first syncs.
fresh() { # DEVICE OPTIONS OF THE LINK…
	link_off
	link_on
	enrol "$1" "$samira"
	link_off
	who=$1
	shift
	link_on --record "$work/$who.wire" "$@"
}

fresh first
sync first
all_equal "$work/tables" desk first
whole=$(passed first)
say "a fresh device: $(lines <"$work/dump.first") rows in $whole bytes, equal to the store"
[ "$whole" -gt 60000 ] || fail 'the caseload is too small to be cut in pieces'

# --- Cut once, at several places ---
# A reset throws away what the device's kernel has not been given yet; on a busy machine that is much, so the best of three counts.
for percent in 2 10 35 60 90 98; do
	for try in 1 2 3; do
		who=cut$percent.$try
		fresh "$who" --cut-every $((whole * percent / 100 + 4000)) --cuts 1
		sync "$who"
		all_equal "$work/tables" "$who"
		[ "$(passed "$who")" -gt $((whole * 3 / 2)) ] || break
		[ "$try" -lt 3 ] || fail "cut at $percent %: $(passed "$who") bytes, though $whole do without a cut"
	done
	say "cut at $percent %: went on and ended equal, $(passed "$who") bytes in all"
done

# --- Cut for ever: who starts again never ends ---
fresh often --cut-every $((whole / 5))
sync often
all_equal "$work/tables" often
[ "$(passed often)" -le $((whole * 2)) ] || fail "$(passed often) bytes over a link that is always cut, though $whole do without"
say "a link that is reset after every fifth of it: ended equal, $(passed often) bytes in all"

# --- Killed ---
fresh killed --delay-ms 5
for ms in 0.03 0.06 0.1 0.15; do
	buurtsync --dir "$work/killed" sync 2>>"$work/killed.log" &
	process=$!
	sleep "$ms"
	kill -9 "$process" 2>/dev/null || true
	wait "$process" 2>/dev/null || true
	# Whatever is shown by then is whole: each household has all of its rows.
	device killed sql "SELECT d.id, (SELECT count(*) FROM persoon WHERE dossier_id = d.id) AS p,
		(SELECT count(*) FROM voortgang WHERE dossier_id = d.id) AS v FROM dossier d ORDER BY d.id" >"$work/shown"
	ctl sql "SELECT d.id, (SELECT count(*) FROM persoon WHERE dossier_id = d.id) AS p,
		(SELECT count(*) FROM voortgang WHERE dossier_id = d.id) AS v FROM dossier d ORDER BY d.id" >"$work/there"
	grep -vxFf "$work/there" "$work/shown" >"$work/halves" && fail "a killed first sync shows half a household: $(head -n 1 "$work/halves")"
done
sync killed
all_equal "$work/tables" killed
say 'a device that was killed four times in its first sync: never showed half a household, and ended equal'

# --- Back after a while ---
link_off
link_on
household=$(value desk 'SELECT hex(id) FROM dossier ORDER BY id LIMIT 1')
device desk sql "INSERT INTO voortgang (id, dossier_id, soort, op, tekst) VALUES (uuid(), x'$household', 'gesprek', '2026-11-21', 'Terug van weggeweest');
	UPDATE dossier SET status = 'afgerond' WHERE id = x'$household';
	DELETE FROM afspraak WHERE id = (SELECT id FROM afspraak ORDER BY id LIMIT 1)" >/dev/null
sync desk
link_off
link_on --record "$work/back.wire"
sync first
all_equal "$work/tables" desk first
[ "$(passed back)" -le 12000 ] || fail "three changes cost $(passed back) bytes"
say "a device that missed three changes: $(passed back) bytes, TLS included"
link_off
link_on --record "$work/nothing.wire"
sync first
[ "$(passed nothing)" -le 6000 ] || fail "nothing to do costs $(passed nothing) bytes"
say "and with nothing to do: $(passed nothing) bytes, TLS included"
link_off
stop_daemon
store_checks
