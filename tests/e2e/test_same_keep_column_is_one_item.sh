#!/bin/sh
# Two devices edit one `keep` column offline: both values in one inbox item, the same for both devices and the operator;
# a resolve leaves one value everywhere and the other in the history; an id that is no longer what stands says so.
# timeout: 60
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
start_daemon
samira=$(new_worker 'Samira Oulad')
joost=$(new_worker 'Joost Terpstra')
dunya=$(new_worker 'Dunya Lahbabi')
enrol samira "$samira"
enrol joost "$joost"
enrol dunya "$dunya"
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Mila');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief'),
		(x'b2', x'd0', x'$joost', 'actief'), (x'b3', x'd0', x'$dunya', 'actief');
	INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'01', x'd0', 'Slapen', 'open'), (x'02', x'd0', 'Eten', 'open'),
		(x'03', x'd0', 'Spelen', 'open');
	COMMIT" >/dev/null
sync samira joost dunya

text() { echo "SELECT tekst FROM doel WHERE id = x'$1'"; }
item_of() { device "$1" inbox list --json | field id; }
one_item() { # DEVICE…: each has one item, the operator too, all the same; prints its id
	lib_wanted=$(ctl inbox list --json | field id)
	same 'items of the operator' "$(ctl inbox list --json | lines)" 1
	for who; do
		same "items of $who" "$(device "$who" inbox list --json | lines)" 1
		same "the id on $who's device" "$(item_of "$who")" "$lib_wanted"
	done
	[ "${#lib_wanted}" = 32 ] || fail "the id \"$lib_wanted\" is not 32 hex digits"
	echo "$lib_wanted"
}
holds() { # WHAT FILE TEXT…
	what=$1
	file=$2
	shift 2
	for words; do
		grep -qF "$words" "$file" || fail "$what lacks \"$words\": $(cat "$file")"
	done
}

# --- Two values ---
device samira sql "UPDATE doel SET tekst = 'Mila slaapt in haar eigen bed' WHERE id = x'01'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Een vast avondritueel' WHERE id = x'01'" >/dev/null
sync samira joost samira
id=$(one_item samira joost)
for who in samira joost; do
	device "$who" inbox list --json >"$work/items"
	holds "the item of $who" "$work/items" '"kind":"conflict"' '"table":"doel"' '"row":"01"' \
		'"value":"Mila slaapt in haar eigen bed"' '"value":"Een vast avondritueel"' "\"author\":\"$samira\"" "\"author\":\"$joost\""
	device "$who" inbox show "$id" >"$work/items"
	holds "the item that $who reads" "$work/items" 'Mila slaapt in haar eigen bed' 'Een vast avondritueel' 'Samira Oulad' 'Joost Terpstra'
	same "open conflicts of $who" "$(status_of "$who" conflicts_open)" 1
done
ctl inbox list --json >"$work/items"
holds "the operator's item" "$work/items" '"kind":"conflict"' '"table":"doel"' '"row":"01"' \
	'"value":"Mila slaapt in haar eigen bed"' '"value":"Een vast avondritueel"' "\"author\":\"$samira\"" "\"author\":\"$joost\""
shown=$(store_value "$(text 01)")
for who in samira joost; do same "shown on $who's device" "$(value "$who" "$(text 01)")" "$shown"; done
say "two values: one item with both, id $id on both devices and for the operator; \"$shown\" is shown everywhere"

# --- Resolve ---
device joost inbox resolve "$id" --take theirs >/dev/null
same "shown on Joost's device at once" "$(value joost "$(text 01)")" 'Mila slaapt in haar eigen bed'
same "items of Joost at once" "$(device joost inbox list --json | lines)" 0
sync joost samira dunya
for who in samira joost dunya; do
	same "shown on $who's device" "$(value "$who" "$(text 01)")" 'Mila slaapt in haar eigen bed'
	same "items of $who" "$(device "$who" inbox list --json | lines)" 0
	device "$who" history doel 01 >"$work/past"
	holds "the history on $who's device" "$work/past" 'Een vast avondritueel' 'Mila slaapt in haar eigen bed' "$joost"
	rawsql json <"$work/past"
done
same 'in the store' "$(store_value "$(text 01)")" 'Mila slaapt in haar eigen bed'
same 'items of the operator' "$(ctl inbox list --json | lines)" 0
same "the other value in the store's history" \
	"$(store_value "SELECT count(*) FROM bsync_history WHERE value = 'Een vast avondritueel'")" 1
say "resolved: one value on three devices and in the store, the other in the history of all; every inbox is empty"

# --- An id that is no longer what stands ---
for who in samira joost dunya; do
	refused_with 1 device "$who" inbox resolve "$id" --take 1
	holds "the answer to an old id" "$work/err" changed
done
refused_with 1 ctl inbox resolve "$id" --take 1
holds "the operator's answer to an old id" "$work/err" changed

device samira sql "UPDATE doel SET tekst = 'Eet mee aan tafel' WHERE id = x'02'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Ontbijt elke dag' WHERE id = x'02'" >/dev/null
device dunya sql "UPDATE doel SET tekst = 'Kookt zelf' WHERE id = x'02'" >/dev/null
sync samira joost samira
two=$(one_item samira joost)
sync dunya samira
three=$(one_item dunya samira)
[ "$two" != "$three" ] || fail "a third value does not change the item's id"
# Joost has not heard of the third value: his resolve names two, so the third stands and is nobody's loss.
refused_with 1 device samira inbox resolve "$two" --take mine
holds "the answer to an id that has changed" "$work/err" changed
refused_with 2 device samira inbox resolve "$three" --take theirs
say "an item that has changed: the old id answers \"changed\"; \"theirs\" of two others is refused"
device joost inbox resolve "$two" --take mine >/dev/null
sync joost samira dunya joost
four=$(one_item joost samira dunya)
device dunya inbox list --json >"$work/items"
holds 'the item after a resolve that had not seen the third value' "$work/items" 'Ontbijt elke dag' 'Kookt zelf'
same 'and no more than these' "$(grep -c 'Eet mee aan tafel' "$work/items" || true)" 0
device samira inbox resolve "$four" --value 'Samen aan tafel, elke dag' >/dev/null
sync samira joost dunya
for who in samira joost dunya; do
	same "shown on $who's device" "$(value "$who" "$(text 02)")" 'Samen aan tafel, elke dag'
	same "items of $who" "$(device "$who" inbox list --json | lines)" 0
	device "$who" history doel 02 >"$work/past"
	holds "the history on $who's device" "$work/past" 'Eet mee aan tafel' 'Ontbijt elke dag' 'Kookt zelf'
done
say "three values: a resolve removes what it had seen and no more; in the end one value, three in the history"

# --- Equal values, and the operator ---
device samira sql "UPDATE doel SET tekst = 'Speelt buiten' WHERE id = x'03'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Speelt buiten' WHERE id = x'03'" >/dev/null
sync samira joost samira
same 'items for equal values' "$(ctl inbox list --json | lines)$(device joost inbox list --json | lines)" 00
device samira sql "UPDATE doel SET tekst = 'Speelt met Noor' WHERE id = x'03'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Speelt op het plein' WHERE id = x'03'" >/dev/null
sync samira joost samira
id=$(one_item samira joost)
ctl inbox resolve "$id" --take 1 >/dev/null
taken=$(store_value "$(text 03)")
sync samira joost
for who in samira joost; do
	same "shown on $who's device after the operator chose" "$(value "$who" "$(text 03)")" "$taken"
	same "items of $who" "$(device "$who" inbox list --json | lines)" 0
done
say "equal values make no item; the operator's choice reaches both devices"
stop_daemon
store_checks
