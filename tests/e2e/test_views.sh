#!/bin/sh
# The views of Utrecht on a small caseload: on a device without a network and without a daemon, what its worker has to do; in the store the
# indicators of the system, each figure computed again from the raw rows, and no figure of fewer than ten households.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
samira=$(new_worker 'Samira Oulad')
joost=$(new_worker 'Joost Terpstra')
enrol desk "$samira"
enrol joost "$joost"
sync desk
caseload --dir "$work/desk" --team "$(cat "$work/team")" --workers "$samira $joost" --dossiers 150 --seed 5 >/dev/null
sync desk joost desk
same 'items' "$(ctl inbox list --json | lines)" 0
tables=$(store_value "SELECT group_concat(name, ' ') FROM sync_table WHERE name NOT IN ('organisatie', 'wijk', 'zorgvorm', 'tafel', 'tekst_b1')")
for table in $tables; do
	[ "$(store_value "SELECT count(*) FROM $table")" -gt 0 ] || fail "the caseload has no row in $table"
done
say "a caseload of 150 households, with rows in $(printf '%s\n' $tables | lines) tables, and nothing that waits for a person"

# --- A device, with nobody to ask ---
device joost sql "INSERT INTO voortgang (id, dossier_id, doel_id, soort, op, tekst, geschreven_door)
	SELECT uuid(), dossier_id, id, 'afweging', date('now', 'localtime', 'start of month', '-3 days'), 'eerst samen kijken', me() FROM doel
	WHERE dossier_id IN (SELECT dossier_id FROM betrokkenheid WHERE medewerker_id = me()) LIMIT 3" >/dev/null
sync joost
stop_daemon
same 'open goals' "$(value joost 'SELECT count(*) FROM mijn_open_doelen')" \
	"$(value joost "SELECT count(*) FROM doel WHERE status <> 'gehaald' AND dossier_id IN (SELECT dossier_id FROM betrokkenheid WHERE medewerker_id = me())")"
[ "$(value joost 'SELECT count(*) FROM mijn_open_doelen')" -gt 50 ] || fail 'there are few open goals'
same 'goals of a household that I lead' "$(value joost 'SELECT count(DISTINCT dossier_id) FROM mijn_open_doelen WHERE ik_ben_vast')" \
	"$(value joost "SELECT count(*) FROM dossier h WHERE vaste_hulpverlener_id = me() AND EXISTS (SELECT 1 FROM doel d WHERE d.dossier_id = h.id AND status <> 'gehaald')")"
same 'agreements that are due' "$(value joost 'SELECT count(*) FROM vandaag')" \
	"$(value joost "SELECT count(*) FROM afspraak WHERE status = 'open' AND wanneer <= date('now', 'localtime')")"
same 'decisions of the month before' "$(value joost "SELECT count(*) FROM mijn_afwegingen WHERE tekst = 'eerst samen kijken'")" 3
same "a colleague's decisions" "$(value desk "SELECT count(*) FROM mijn_afwegingen WHERE tekst = 'eerst samen kijken'")" 0
say "offline: $(value joost 'SELECT count(*) FROM mijn_open_doelen') open goals, $(value joost 'SELECT count(*) FROM vandaag') agreements due, three decisions to look back on"

# --- The store: the indicators ---
start_daemon
hidden=0
shown=0
ctl sql "SELECT zorgvorm_code AS form, kwartaal AS quarter, wachtdagen AS days FROM stelsel_beschikbaarheid ORDER BY 1, 2" >"$work/cells"
while read -r cell; do
	form=$(printf '%s\n' "$cell" | field form)
	quarter=$(printf '%s\n' "$cell" | field quarter)
	month=$((3 * ${quarter#*-K} - 2))
	from=$(printf '%s-%02d' "${quarter%-K*}" $month)
	to=$(printf '%s-%02d' "${quarter%-K*}" $((month + 2)))
	raw=$(store_value "SELECT count(DISTINCT dossier_id) || ' ' || round(avg(julianday(gestart_op) - julianday(verzonden_op)), 1)
		FROM verwijzing WHERE zorgvorm_code = '$form' AND substr(verzonden_op, 1, 7) BETWEEN '$from' AND '$to'")
	if [ "${raw% *}" -lt 10 ]; then
		hidden=$((hidden + 1))
		printf '%s\n' "$cell" | grep -q '"days":null' || fail "a small cell is shown: $cell"
	else
		shown=$((shown + 1))
		same "$form in $quarter" "$(printf '%s\n' "$cell" | field days)" "${raw#* }"
	fi
done <"$work/cells"
[ "$shown" -gt 0 ] && [ "$hidden" -gt 0 ] || fail "cells: $shown shown, $hidden hidden"
say "waiting time: $shown cells as the raw rows have it, $hidden hidden"
for view in stelsel_bereik stelsel_reden stelsel_voordeur stelsel_ervaringen stelsel_budget; do
	ends_with 0 ctl sql "SELECT * FROM $view"
done
same 'figures below ten' "$(store_value "SELECT (SELECT count(*) FROM stelsel_bereik WHERE instroom < 10) + (SELECT count(*) FROM stelsel_reden WHERE uitstroom < 10)
	+ (SELECT count(*) FROM stelsel_ervaringen WHERE doelen < 10) + (SELECT count(*) FROM stelsel_voordeur WHERE aantal < 10)")" 0
# The earliest date counts: no later edit makes a wait look shorter.
device desk sql "UPDATE verwijzing SET verzonden_op = date(verzonden_op, '3 days') WHERE verzonden_op IS NOT NULL" >/dev/null
before=$(ctl sql 'SELECT * FROM stelsel_beschikbaarheid')
sync desk
same 'waiting time after an edit' "$(ctl sql 'SELECT * FROM stelsel_beschikbaarheid')" "$before"
stop_daemon
store_checks
