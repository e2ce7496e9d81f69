#!/bin/sh
# demo.sh: one day with one daemon and five devices, as real processes, told in plain words.
#
# Run by `./do demo` with the programs in PATH.  Everything lives in a folder of its own and goes with it; DEMO_KEEP=1
# keeps it.  Ends with exit status 0 only if every claim it prints was checked.
set -eu
SOURCE_DIR=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d "${TMPDIR:-/tmp}/buurtsync-demo.XXXXXX")
daemon=
link=
started=$(date +%s)

finish() {
	status=$?
	trap - EXIT
	[ -z "$link" ] || kill "$link" 2>/dev/null || true
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null || true
	wait 2>/dev/null || true
	if [ "$status" -ne 0 ]; then
		printf '\nThe demo stopped; its files are in %s\n' "$work" >&2
		tail -n 5 "$work/daemon.log" >&2 2>/dev/null || true
	elif [ -z "${DEMO_KEEP:-}" ]; then
		rm -rf "$work"
	fi
	exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

chapter() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }
say() { printf '  %s\n' "$*"; }
die() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}
ctl() { buurtsyncctl --dir "$work/store" "$@"; }
device() {
	who=$1
	shift
	buurtsync --dir "$work/$who" "$@"
}
# The one value of a query's first row.
value() { device "$1" sql "SELECT ($2) AS v" | sed -n 's/^{"v":"\{0,1\}\(.*[^"]\)"\{0,1\}}$/\1/p'; }
server_value() { ctl sql "SELECT ($1) AS v" | sed -n 's/^{"v":"\{0,1\}\(.*[^"]\)"\{0,1\}}$/\1/p'; }

wait_ready() { # FILE: prints the address behind `ready`
	tries=0
	until grep -q '^ready ' "$1" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || die "$1 does not say ready"
		sleep 0.05
	done
	sed -n 's/^ready //p' "$1" | tail -n 1
}
start_daemon() {
	: >"$work/ready"
	buurtsyncd run --dir "$work/store" >"$work/ready" 2>>"$work/daemon.log" &
	daemon=$!
	wait_ready "$work/ready" >/dev/null
}
# The network of all devices: a proxy in front of the daemon. Extra words make it a bad one.
network_on() {
	: >"$work/link"
	faultproxy --listen "$devices_address" --to "$daemon_address" "$@" >"$work/link" &
	link=$!
	wait_ready "$work/link" >/dev/null
}
network_off() {
	kill "$link"
	wait "$link" 2>/dev/null || true
	link=
}

enrol() { # DEVICE WORKER
	code=$(ctl device enroll --worker "$2" | tail -n 1)
	device "$1" enroll "$code" --server "$devices_address" >/dev/null
}

tables='dossier:id,roepnaam,wijk_code,status,vaste_hulpverlener_id,aan_zet_team_id,aangemeld_op
persoon:id,dossier_id,naam,geboortejaar,rol_in_gezin
betrokkenheid:id,dossier_id,medewerker_id,rol,vanaf,tot,status
ondersteuningsplan:id,dossier_id,vraag_van_client,afgesproken_inzet,status
doel:id,dossier_id,plan_id,tekst,volgorde,status
voortgang:id,dossier_id,doel_id,soort,op,tekst
afspraak:id,dossier_id,wat,wanneer,status'

# Every household of this worker, on the device and in the store, as text.
dump_device() {
	for line in $tables; do
		table=${line%%:*}
		scope=dossier_id
		[ "$table" != dossier ] || scope=id
		device "$1" sql "SELECT ${line#*:} FROM $table WHERE $scope IN (SELECT dossier_id FROM betrokkenheid \
			WHERE medewerker_id = me() AND status = 'actief') ORDER BY id"
	done
}
dump_store() {
	for line in $tables; do
		table=${line%%:*}
		scope=dossier_id
		[ "$table" != dossier ] || scope=id
		ctl sql "SELECT ${line#*:} FROM $table WHERE $scope IN (SELECT dossier_id FROM betrokkenheid \
			WHERE medewerker_id = x'$1' AND status = 'actief') ORDER BY id"
	done
}
must_be_equal() { # DEVICE WORKER
	dump_device "$1" >"$work/dump.device"
	dump_store "$2" >"$work/dump.store"
	[ -s "$work/dump.device" ] || die "$1 holds nothing"
	cmp -s "$work/dump.device" "$work/dump.store" ||
		die "$1 differs from the store: $(diff "$work/dump.device" "$work/dump.store" | head -n 4)"
	say "$1: $(value "$1" "SELECT count(*) FROM betrokkenheid WHERE medewerker_id = me()") households, $(wc -l <"$work/dump.device") rows, equal to the store byte for byte"
}

chapter "07:30  The office opens: one store, one team, twenty workers"
buurtsyncd init --dir "$work/store" --schema "$SOURCE_DIR/schema/utrecht" --listen 127.0.0.1:0 --name 'Buurtteam Zuilen' \
	>"$work/init.log" 2>&1 || die "$(cat "$work/init.log")"
buurtsyncd run --dir "$work/store" >"$work/ready" 2>>"$work/daemon.log" &
daemon=$!
daemon_address=$(wait_ready "$work/ready")
# The port that was picked stays: after a restart the devices find the daemon where it was.
kill "$daemon" && wait "$daemon" || true
sed -i "s/^listen.*/listen = $daemon_address/" "$work/store/buurtsyncd.conf"
start_daemon
faultproxy --to "$daemon_address" >"$work/link" &
link=$!
devices_address=$(wait_ready "$work/link")
team=$(ctl team add Zuilen | tail -n 1)
workers=
for name in 'Samira Oulad' 'Joost Terpstra' 'Dunya Lahbabi' 'Femke Hoogland' 'Mo Blom' 'Bas Vroom' 'Yara Kuiken' 'Ruben Pruis' \
	'Ineke Zandstra' 'Lotte Zeeman' 'Hanneke Brouwer' 'Joris Haverkort' 'Noor Tahiri' 'Anouk Asante' 'Hassan El Amrani' \
	'Fleur De Groot' 'Daan Wiersum' 'Sevda Okkerse' 'Pieter Lindeboom' 'Roos Achterberg'; do
	workers="$workers $(ctl worker add "$name" --team "$team" | tail -n 1)"
done
# shellcheck disable=SC2086 # one id a word
set -- $workers
samira=$1
joost=$2
dunya=$3
femke=$4
say "the daemon serves on $daemon_address; $(ctl worker list | wc -l) workers"

intake=$(ctl worker add 'Voordeur' --team "$team" | tail -n 1)
enrol intake "$intake"
made=$(caseload --dir "$work/intake" --team "$team" --workers "$workers" --dossiers 400 --seed 1)
say "the front desk registers the caseload: $made"
device intake sync --timeout 60
device intake sync --timeout 60
[ "$(value intake 'SELECT (SELECT count(*) FROM persoon) + (SELECT count(*) FROM voortgang)')" = 0 ] ||
	die "the front desk still holds what it handed over"
say "and hands it over: it keeps the index of its team ($(value intake 'SELECT count(*) FROM dossier') names), and no person or note"
for pair in "samira $samira" "joost $joost" "dunya $dunya" "femke $femke"; do
	# shellcheck disable=SC2086 # two words
	enrol $pair
	device "${pair%% *}" sync --timeout 60
done
say "four laptops are enrolled, each with its own caseload"

chapter "09:00  Out of the door: no network"
network_off
dossier=$(value samira "SELECT hex(b.dossier_id) FROM betrokkenheid b JOIN betrokkenheid o ON o.dossier_id = b.dossier_id \
	WHERE b.medewerker_id = me() AND o.medewerker_id = x'$joost' ORDER BY b.dossier_id LIMIT 1")
goal=$(value samira "SELECT hex(id) FROM doel WHERE dossier_id = x'$dossier' ORDER BY volgorde LIMIT 1")
other=$(value samira "SELECT hex(id) FROM doel WHERE dossier_id = x'$dossier' ORDER BY volgorde LIMIT 1 OFFSET 1")
say "Samira and Joost both visit $(value samira "SELECT roepnaam FROM dossier WHERE id = x'$dossier'")"
device samira sql "UPDATE doel SET tekst = 'Mila slaapt in haar eigen bed' WHERE id = x'$goal'" >/dev/null
say "Samira writes goal 1 as:  Mila slaapt in haar eigen bed"
device joost sql "UPDATE doel SET tekst = 'Mila en mama hebben een vast avondritueel' WHERE id = x'$goal'" >/dev/null
say "Joost writes goal 1 as:   Mila en mama hebben een vast avondritueel"
device samira sql "UPDATE doel SET status = 'gehaald' WHERE id = x'$other'" >/dev/null
device joost sql "UPDATE doel SET volgorde = 7 WHERE id = x'$other';
	INSERT INTO voortgang (id, dossier_id, soort, op, tekst) VALUES (uuid(), x'$dossier', 'gesprek', '2026-11-21', 'Avondritueel besproken met moeder.')" >/dev/null
say "Samira ticks goal 2 as reached, Joost moves it down the list and adds a note"
if device samira sync --timeout 1 2>/dev/null; then die "sync without a network said it was done"; fi
say "sync without a network says so: $(device samira status --json | sed -n 's/.*"pending_changes":\([0-9]*\).*/\1/p') changes wait on Samira's laptop"

chapter "12:30  Back in range"
network_on
device joost sync --timeout 30
device samira sync --timeout 30
device joost sync --timeout 30
for who in samira joost; do
	[ "$(value "$who" "SELECT status || volgorde FROM doel WHERE id = x'$other'")" = gehaald7 ] || die "$who misses half of goal 2"
	[ "$(device "$who" inbox list --json | wc -l)" = 1 ] || die "$who has no item, or more than one"
done
say "goal 2 has both edits on both laptops; nobody was asked anything"
say "goal 1 has two wordings: one item in the inbox of each, and of the operator:"
ctl inbox list | sed 's/^/    /'

chapter "13:00  The daemon is killed in the middle of a push"
before=$(value femke 'SELECT count(*) FROM voortgang')
household=$(value femke "SELECT hex(dossier_id) FROM betrokkenheid WHERE medewerker_id = me() ORDER BY dossier_id LIMIT 1")
batch=0
while [ "$batch" -lt 20 ]; do
	batch=$((batch + 1))
	i=0
	while [ "$i" -lt 150 ]; do
		i=$((i + 1))
		echo "INSERT INTO voortgang (id, dossier_id, soort, op, tekst) VALUES (uuid(), x'$household', 'gesprek', '2026-11-21', 'Bezoek $batch.$i: alles zoals afgesproken, volgende keer bellen we eerst. $(printf '%032x' $((batch * 7919 + i)))');"
	done >"$work/visits.sql"
	device femke sql "$(cat "$work/visits.sql")" >/dev/null
done
visits="SELECT count(*) FROM voortgang WHERE dossier_id = x'$household' AND tekst LIKE 'Bezoek %'"
device femke sync --timeout 60 2>"$work/femke.log" &
pushing=$!
tries=0
until [ "$(server_value "$visits")" -gt 0 ] || [ "$tries" -gt 400 ]; do tries=$((tries + 1)); done
kill -9 "$daemon"
wait "$daemon" 2>/dev/null || true
say "killed with $(server_value "$visits") of Femke's 3000 notes in the store"
start_daemon
wait "$pushing" || die "Femke's sync did not come through: $(cat "$work/femke.log")"
count=$(server_value "$visits")
[ "$count" = 3000 ] || die "the store has $count of 3000 notes"
[ "$(value femke 'SELECT count(*) FROM voortgang')" = $((before + 3000)) ] || die "Femke's laptop has not what she wrote"
say "started again: her sync went on by itself, and the store has all 3000, each once"

chapter "15:00  A link that drops"
network_off
network_on --delay-ms 20 --cut-every 20000 --cuts 5
household=$(value dunya "SELECT hex(dossier_id) FROM betrokkenheid WHERE medewerker_id = me() ORDER BY dossier_id LIMIT 1")
i=0
while [ "$i" -lt 200 ]; do
	i=$((i + 1))
	echo "INSERT INTO voortgang (id, dossier_id, soort, op, tekst) VALUES (uuid(), x'$household', 'observatie', '2026-11-21', 'Gang naar school, dag $i. $(printf '%032x' $((i * 7919 + 13)))');"
done >"$work/days.sql"
device dunya sql "$(cat "$work/days.sql")" >/dev/null
device dunya sync --timeout 60
count=$(server_value "SELECT count(*) FROM voortgang WHERE tekst LIKE 'Gang naar school, dag%'")
[ "$count" = 200 ] || die "the store has $count of 200 notes"
say "Dunya's 200 notes came through a link that is reset every 20 kB: each is there once"
network_off
network_on

chapter "16:00  A new laptop for Samira"
enrol samira2 "$samira"
device samira2 sync --timeout 60
say "it caught up from nothing in one sync"

chapter "16:30  Samira chooses with the mother"
item=$(device samira inbox list --json | sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p')
device samira inbox resolve "$item" --take mine >/dev/null
for who in samira joost samira2 dunya femke; do device "$who" sync --timeout 30; done
for who in samira joost samira2; do
	[ "$(value "$who" "SELECT tekst FROM doel WHERE id = x'$goal'")" = 'Mila slaapt in haar eigen bed' ] || die "$who shows another wording"
	[ "$(device "$who" inbox list --json | wc -l)" = 0 ] || die "$who still has an item"
	device "$who" history doel "$goal" | grep -q 'vast avondritueel' || die "$who has lost the other wording"
done
say "one wording on every laptop; the other is in its history:"
device joost history doel "$goal" | grep '"column":"tekst"' | grep -v '"author_name":null' |
	sed 's/.*"value":"\([^"]*\)".*"author_name":"\([^"]*\)".*/    \1  (\2)/'

chapter "17:00  What everyone has"
must_be_equal samira "$samira"
must_be_equal samira2 "$samira"
must_be_equal joost "$joost"
must_be_equal dunya "$dunya"
must_be_equal femke "$femke"
say "waiting in the inbox: $(ctl inbox list --json | wc -l) items"
say "the store: $(ctl stats --json | sed 's/.*"rows":\([0-9]*\).*"devices":\([0-9]*\).*"changesets":\([0-9]*\).*/\1 rows of \2 devices, \3 changesets/')"
buurtsyncd check --dir "$work/store" >/dev/null 2>"$work/check.log" || [ -d "/proc/$daemon" ] || die "$(cat "$work/check.log")"
kill "$daemon"
wait "$daemon" || die "the daemon did not end in order"
daemon=
buurtsyncd check --dir "$work/store" >"$work/check.log" 2>&1 || die "the store does not check: $(cat "$work/check.log")"
say "the daemon has ended in order, and its store checks"
printf '\nNothing was lost. (%s seconds)\n' $(($(date +%s) - started))
