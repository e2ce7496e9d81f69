#!/bin/sh
# A recorded session holds no marker of a note, a goal, a name or a key in any encoding, and neither does anything that
# the programs log.  That the search would find them is shown on a file that has them.
# timeout: 60
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$BUURTSYNC_SCHEMA" 'Buurtteam Zonnedauw'
echo 'log_level = debug' >>"$store/buurtsyncd.conf"
start_daemon
link_on --record "$work/wire"
note='Moeder vertelt dat vader zaterdag weer schreeuwde'
goal='Mila slaapt in haar eigen bed'
other_goal='Een vast avondritueel'
name='Annelotte van Duivenbode'
samira=$(new_worker 'Samira Ouladzeggelink')
joost=$(new_worker 'Joost Terpstraat')
code=$(ctl device enroll --worker "$samira" | tail -n 1)
device samira enroll "$code" --server "$devices_address" >/dev/null 2>"$work/samira.log"
enrol joost "$joost"

# A day: a push, a pull, a conflict, a history, a live connection.
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Annelotte');
	INSERT INTO persoon (id, dossier_id, naam, telefoon) VALUES (x'f0', x'd0', '$name', '06-11223344');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief'),
		(x'b2', x'd0', x'$joost', 'actief');
	INSERT INTO doel (id, dossier_id, tekst) VALUES (x'01', x'd0', 'nog niet verwoord');
	INSERT INTO voortgang (id, dossier_id, tekst) VALUES (x'11', x'd0', '$note'); COMMIT" >/dev/null 2>>"$work/samira.log"
for who in samira joost; do device "$who" sync --timeout 30 2>>"$work/$who.log"; done
device samira sql "UPDATE doel SET tekst = '$goal' WHERE id = x'01'" >/dev/null 2>>"$work/samira.log"
device joost sql "UPDATE doel SET tekst = '$other_goal' WHERE id = x'01'" >/dev/null 2>>"$work/joost.log"
for who in samira joost samira; do device "$who" sync --timeout 30 2>>"$work/$who.log"; done
device joost inbox resolve "$(device joost inbox list --json | field id)" --take theirs >/dev/null 2>>"$work/joost.log"
start_agent samira
device joost sync --timeout 30 2>>"$work/joost.log"
device samira history doel 01 >/dev/null 2>>"$work/samira.log"
eventually 'what the agent shows' "$goal" value samira 'SELECT tekst FROM doel'
eventually 'conflicts that the agent shows' 0 status_of samira conflicts_open
stop_agent "$agent"
# What fails is logged too: a wrong statement, a code that is used.
device samira sql "INSERT INTO doel (id, tekst) VALUES (x'01', '$goal')" >/dev/null 2>>"$work/samira.log" || true
buurtsync --dir "$work/again" enroll "$code" --server "$devices_address" >/dev/null 2>>"$work/again.log" || true
same 'the note in the store' "$(store_value 'SELECT tekst FROM voortgang')" "$note"
stop_daemon
link_off

secret=$(stranger secret "$code")
set -- --text 'Moeder vertelt dat vader' --text 'schreeuwde' --text "$goal" --text 'avondritueel' --text 'Duivenbode' \
	--text '06-11223344' --text 'Ouladzeggelink' --text 'Terpstraat' --text 'Zonnedauw' --hex "$secret" \
	--device "$work/samira/device.db" --bytes "$store/store.key"

# The control: the same search finds each marker in each form.
for how in plain hex HEX base64 base64b utf16; do
	case $how in
	plain) printf 'xx%syy' "$goal" ;;
	hex) printf '%s' "$goal" | od -An -v -tx1 | tr -d ' \n' ;;
	HEX) printf '%s' "$goal" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F ;;
	base64) printf 'x%s' "$goal" | base64 -w 0 ;;
	base64b) printf 'xy%s' "$goal" | base64 -w 0 ;;
	utf16) printf '%s' "$goal" | sed 's/./&\x00/g' ;;
	esac >"$work/control"
	ends_with 1 seekbytes "$@" -- "$work/control"
	grep -qF "$goal" "$work/out" || fail "the search does not find a goal in $how"
done
{
	printf '%s' "$secret"
	cat "$work/samira/device.db"
	cat "$store/store.key"
} >"$work/control"
ends_with 1 seekbytes "$@" -- "$work/control"
for key in "$secret" 'private key' store.key; do
	grep -qF "$key" "$work/out" || fail "the search does not find $key where it is"
done
say 'the search finds every marker in every encoding where it is'

[ "$(wc -c <"$work/wire")" -gt 20000 ] || fail "the recording holds only $(wc -c <"$work/wire") bytes"
ends_with 0 seekbytes "$@" -- "$work/wire"
say "a recorded day of $(wc -c <"$work/wire" | tr -d ' ') bytes on the wire shows nothing of notes, goals, names, the code or keys"
# The operator's own listings name workers; logs name nobody.
touch "$work/again.log"
[ -s "$work/daemon.log" ] && [ -s "$work/samira.log" ] || fail 'nothing was logged, so the search of the logs shows nothing'
ends_with 0 seekbytes "$@" -- "$work/daemon.log" "$work/samira.log" "$work/joost.log" "$work/again.log" "$work/samira.agent.log"
say "$(cat "$work"/*.log | lines) lines of logs show nothing of them either"
