#!/bin/sh
# A store restored from last night's backup gets back from the devices what they still hold, in the order it had; a store that
# is put back without a restore is noticed by the first device that knows better, and nobody loses anything.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
for who in samira joost dunya noor; do
	eval "$who=\$(new_worker $who)"
	eval "enrol $who \$$who"
done
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Mila');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief'),
		(x'b2', x'd0', x'$joost', 'actief'), (x'b3', x'd0', x'$dunya', 'actief'), (x'b4', x'd0', x'$noor', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'01', x'd0', 'Slapen', 'open'), (x'02', x'd0', 'Eten', 'open');
	COMMIT" >/dev/null
sync samira joost dunya noor

text() { echo "SELECT tekst FROM doel WHERE id = x'$1'"; }
goal() { # DEVICE ID TEXT
	device "$1" sql "UPDATE doel SET tekst = '$3' WHERE id = x'$2'" >/dev/null
}
echo "doel hex(id),tekst
dossier hex(id),roepnaam" >"$work/tables"

# --- Last night ---
refused_with 1 ctl backup "$work/nowhere/night"
taken=$(ctl backup "$work/night")
same 'the position of the backup' "$taken" "position $(ctl stats --json | field position)"
refused_with 1 ctl backup "$work/night"
same 'rights of the backup' "$(stat -c %a "$work/night")" 600
same 'files of the backup' "$(ls "$work" | grep -c night)" 1
say "a backup of the store that runs: $taken"

# --- The day that is lost: each sees the other's edit before the next ---
goal joost 01 'Joost: om acht uur naar bed'
sync joost samira
goal samira 01 'Samira, die dat las: half acht'
sync samira dunya
goal dunya 02 'Dunya: ontbijt'
device dunya sql "INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'03', x'd0', 'Spelen', 'open')" >/dev/null
sync dunya samira joost noor
goal noor 03 'Noor: buiten spelen'
sync noor
goal joost 02 'Joost, nog niet ingeleverd'
kill_daemon
say "a day of work on four devices, all of it acknowledged but one edit; then kill -9"

# --- Restore ---
refused_with 2 ctl restore
refused_with 4 ctl restore "$store/ca.crt" --accept
ends_with 1 ctl restore "$work/night"
grep -q '^newer [1-9][0-9]* changesets' "$work/out" || fail "restore does not say what is newer: $(cat "$work/out")"
same 'the store after a restore without --accept' "$(ls "$store" | grep -c replaced || true)" 0
ends_with 0 ctl restore "$work/night" --accept --wait 2d
same 'replaced stores' "$(ls "$store" | grep -c 'store.db.replaced-[0-9TZ]*$')" 1
same 'what a restore leaves behind' "$(ls "$store" | grep -c arriving || true)" 0
start_daemon
refused_with 4 ctl restore "$work/night" --accept
same 'the recovery' "$(ctl recovery status --json | field state)" open
grep -q 'recovery event=open' "$work/daemon.log" || fail 'the log does not tell of the recovery'

# The last to edit hands in first.
sync samira dunya joost
for who in samira dunya joost; do
	same "state of $who" "$(status_of "$who" state)" recovering
	same "what $who has not handed in" "$(status_of "$who" pending_changes)" 0
	same "doel 01 on $who's screen" "$(value "$who" "$(text 01)")" 'Samira, die dat las: half acht'
done
same "doel 02 on Joost's screen" "$(value joost "$(text 02)")" 'Joost, nog niet ingeleverd'
same 'doel 01 in the store' "$(store_value "$(text 01)")" Slapen
ctl recovery status >"$work/recovery"
same 'heard' "$(grep -c 'heard' "$work/recovery")" 4
same 'awaited still' "$(grep -c 'awaited	0$' "$work/recovery")" 1
refused_with 1 ctl quarantine release "$(ctl device list --json | field id)"
say "three devices hand in; the screens stay as they are, the store waits for Noor: $(grep kept "$work/recovery")"

# --- Kill in the middle, and close ---
kill_daemon
start_daemon
ends_with 0 ctl recovery close
same 'the recovery' "$(ctl recovery status --json | field state)" none
refused_with 1 ctl recovery close
sync samira dunya joost samira dunya
for who in samira dunya joost; do
	same "state of $who" "$(status_of "$who" state)" up-to-date
	same "doel 01 of $who" "$(value "$who" "$(text 01)")" 'Samira, die dat las: half acht'
	same "items of $who" "$(device "$who" inbox list --json | lines)" 0
	same "unplaced of $who" "$(status_of "$who" unplaced)" 0
done
same 'doel 02' "$(store_value "$(text 02)")" 'Joost, nog niet ingeleverd'
same "Joost's edit in the history" \
	"$(store_value "SELECT count(*) FROM bsync_history WHERE value = 'Joost: om acht uur naar bed'")" 1
all_equal "$work/tables" samira dunya joost
say "closed: everything is there, in its order; an edit that had seen another is no conflict"

# --- Who comes late ---
sync noor samira dunya joost
same 'doel 03' "$(store_value "$(text 03)")" 'Noor: buiten spelen'
all_equal "$work/tables" samira dunya joost noor
say "Noor comes a day later: what she had handed in is there again"

# --- Put back without a restore ---
stop_daemon
cp "$store/store.db" "$work/older"
start_daemon
goal joost 01 'Joost: na het terugzetten'
sync joost samira
kill_daemon
rm -f "$store"/store.db-*
cp "$work/older" "$store/store.db"
start_daemon
sync noor
before=$(value joost "$(text 01)")
refused_with 1 device joost sync --timeout 10
grep -q 'restore FILE --accept' "$work/err" || fail "the refusal does not say what to do: $(cat "$work/err")"
status_of joost last_error | grep -q 'put back without a restore' || fail "Joost does not read why: $(status_of joost last_error)"
same 'doel 01 of Joost' "$(value joost "$(text 01)")" "$before"
grep -q 'store event=put-back' "$work/daemon.log" || fail 'the log does not tell of the store that was put back'
same 'the alert' "$(ctl stats --json | field alert)" put-back
ctl backup "$work/repair" >/dev/null
stop_daemon
ends_with 4 buurtsyncd check --dir "$store"
ends_with 0 ctl restore "$work/repair" --accept
start_daemon
sync joost samira dunya noor
recovery_state() { ctl recovery status --json | field state; }
eventually 'the recovery closes by itself' none recovery_state
sync joost samira dunya noor
same 'doel 01' "$(store_value "$(text 01)")" 'Joost: na het terugzetten'
same 'the alert' "$(ctl stats --json | field alert)" ''
all_equal "$work/tables" samira dunya joost noor
say "a store put back by hand: refused, told, restored from itself; nothing is lost"
stop_daemon
store_checks
