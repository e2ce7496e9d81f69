#!/bin/sh
# What waits for a person is told in plain words, Dutch and English, the same on a device and for the operator; a choice
# that the rule of a column would not let stand is refused beforehand, and the item stays open.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
unset LC_ALL LC_MESSAGES BUURTSYNC_LANG
export LANG=C
start_daemon
samira=$(new_worker 'Samira Oulad')
joost=$(new_worker 'Joost Terpstra')
enrol samira "$samira"
enrol joost "$joost"
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam) VALUES (x'd0', 'Mila');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b1', x'd0', x'$samira', 'actief'),
		(x'b2', x'd0', x'$joost', 'actief');
	INSERT INTO ondersteuningsplan (id, dossier_id) VALUES (x'a1', x'd0');
	INSERT INTO doel (id, dossier_id, plan_id, tekst, status) VALUES (x'01', x'd0', x'a1', 'Slapen', 'open'),
		(x'02', x'd0', x'a1', 'Eten', 'open'), (x'03', x'd0', x'a1', 'Spelen', 'open');
	COMMIT" >/dev/null
sync samira joost

holds() { # FILE TEXT…
	lib_file=$1
	shift
	for words; do
		grep -qF -- "$words" "$lib_file" || fail "it lacks \"$words\": $(cat "$lib_file")"
	done
}
lacks() { # FILE TEXT
	! grep -qF -- "$2" "$1" || fail "it must not say \"$2\": $(cat "$1")"
}
versions() { # number, column, value of each version, as lines
	grep -o '"n":[0-9]*,"cell":"[^"]*","value":[^,}]*'
}

# --- A conflict ---
device samira sql "UPDATE doel SET tekst = 'Mila slaapt in haar eigen bed' WHERE id = x'01'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Een vast avondritueel' WHERE id = x'01'" >/dev/null
sync samira joost samira
id=$(device samira inbox list --json | field id)
LANG=nl_NL.UTF-8 device samira inbox show "$id" >"$work/words"
holds "$work/words" 'Keuze nodig: doel 01, kolom tekst' 'zonder van elkaar te weten' 'Jij (Samira Oulad) schreef op ' \
	"Joost Terpstra schreef op " "'Een vast avondritueel'" "'Mila slaapt in haar eigen bed'" 'Op het scherm staat nu: ' \
	"buurtsync inbox resolve $id --take 1" "buurtsync inbox resolve $id --take 2" "Daarvoor stond er: 'Slapen'" \
	'De regel van deze kolom: wat verschilt, blijft naast elkaar staan tot iemand kiest.'
lacks "$work/words" 'klok'
device joost inbox show "$id" >"$work/words"
holds "$work/words" 'A choice is needed: doel 01, column tekst' 'You (Joost Terpstra) wrote on ' 'Samira Oulad wrote on '
BUURTSYNC_LANG=nl ctl inbox show "$id" >"$work/words"
holds "$work/words" 'Keuze nodig: doel 01, kolom tekst' 'Samira Oulad schreef op ' "Daarvoor stond er: 'Slapen'" \
	"buurtsyncctl inbox resolve $id --take 2"
ctl inbox show "$id" --lang nl | grep -q 'Keuze nodig' || fail '--lang nl'
ctl inbox show "$id" >"$work/words"
holds "$work/words" 'A choice is needed' "Before that it was: 'Slapen'" 'The rule of this column: what differs stands side by side'
same 'the rule for device and operator' "$(device samira inbox list --json | grep -o '"rules":.*\],"base"')$(ctl inbox list --json |
	grep -o '"rules":.*\],"base"')" '"rules":["keep"],"base""rules":["keep"],"base"'
LANG=nl_NL.UTF-8 device samira inbox list >"$work/words"
holds "$work/words" "$id  Keuze nodig: doel 01, kolom tekst: " 'Samira Oulad' 'buurtsync inbox show ID'
ctl inbox list >"$work/words"
holds "$work/words" "$id  A choice is needed: doel 01, column tekst: "
same 'versions for device and operator' "$(device samira inbox list --json | versions)" "$(ctl inbox list --json | versions)"
refused_with 1 ctl inbox resolve "$id" --take none
holds "$work/err" 'one of its versions 1 to 2 must stand'
refused_with 2 device samira inbox resolve "$id" --take none
device samira inbox resolve "$id" --take mine >/dev/null
device samira sync --timeout 20 2>"$work/told"
same 'who chose is told nothing' "$(cat "$work/told")" ''
LANG=nl_NL.UTF-8 device joost sync --timeout 20 2>"$work/told"
holds "$work/told" "Samira Oulad koos iets anders dan jij bij doel 01, kolom tekst. Jij schreef 'Een vast avondritueel', nu staat er 'Mila slaapt in haar eigen bed'."
device joost sync --timeout 20 2>"$work/told"
same 'who was told is told once' "$(cat "$work/told")" ''
device joost history doel 01 | grep -q 'Een vast avondritueel' || fail 'what was chosen against is in the history'
BUURTSYNC_LANG=nl device samira inbox list | grep -q 'er wacht niets op jou' || fail 'an empty inbox in Dutch'
say 'a conflict: who, when, what and how to choose, in Dutch and English, for two devices and the operator'

# --- A delete that met an edit, and work of one who may not write there ---
device samira sql "BEGIN;
	INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'04', x'd0', 'Lopen', 'open');
	INSERT INTO dossier (id, roepnaam) VALUES (x'd1', 'Noor');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b3', x'd1', x'$samira', 'actief');
	COMMIT" >/dev/null
sync samira joost
device joost sql "UPDATE doel SET tekst = 'Samen lopen' WHERE id = x'04'" >/dev/null
device samira sql "DELETE FROM doel WHERE id = x'04'" >/dev/null
device joost sql "INSERT INTO doel (id, dossier_id, tekst, status) VALUES (x'05', x'd1', 'Fietsen', 'open')" >/dev/null
sync joost samira joost
same 'the row that was deleted and changed' "$(value samira "SELECT tekst FROM doel WHERE id = x'04'")" 'Samen lopen'
device samira inbox list --json >"$work/items"
deleted=$(grep '"kind":"deleted"' "$work/items" | field id)
refused=$(grep '"kind":"refused"' "$work/items" | field id)
LANG=nl device samira inbox show "$deleted" >"$work/words"
holds "$work/words" 'Verwijderd en toch veranderd: doel 04' 'Jij (Samira Oulad) verwijderde deze rij op ' 'De rij is blijven staan'
ctl inbox show "$deleted" >"$work/words"
holds "$work/words" 'Deleted, and yet changed: doel 04' 'Samira Oulad deleted this row on ' 'The row has stayed'
device samira inbox show "$refused" >"$work/words"
holds "$work/words" 'Not taken: doel 05' 'Joost Terpstra wrote this on ' 'the author may not write this' 'Handed in: ' "'Fietsen'"
ctl inbox show "$refused" --lang nl >"$work/words"
holds "$work/words" 'Niet overgenomen: doel 05' 'Joost Terpstra schreef dit op ' 'de schrijver mag dit niet veranderen' 'Ingeleverd: '
for each in $deleted $refused; do
	device samira inbox resolve "$each" --take none
done
sync samira joost
same 'what is left in the inbox' "$(device samira inbox list --json | lines)$(ctl inbox list --json | lines)" 00
say 'deleted and refused: told on both sides, in both languages'

# --- Late work ---
device joost sql "UPDATE doel SET tekst = 'Laat geschreven' WHERE id = x'02'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Ook laat', plan_id = x'a9' WHERE id = x'03'" >/dev/null
device samira sql "UPDATE betrokkenheid SET status = 'beeindigd' WHERE id = x'b2'" >/dev/null
sync samira joost samira
same 'late items of Samira' "$(device samira inbox list --json | grep -c '"kind":"late"')" 2
same 'versions of late work for device and operator' "$(device samira inbox list --json | versions | sort)" \
	"$(ctl inbox list --json | versions | sort)"
plain=$(device samira inbox list --json | grep '"row":"02"' | field id)
bound=$(device samira inbox list --json | grep '"row":"03"' | field id)
LANG=nl device samira inbox show "$plain" >"$work/words"
holds "$work/words" 'Nagekomen: doel 02, kolom tekst' 'Joost Terpstra schreef dit op ' 'de toegang hiertoe was gestopt' \
	"1. Op het scherm staat nu: 'Eten'" "2. Ingeleverd: 'Laat geschreven'" "--take none" "--take 2"
ctl inbox show "$plain" >"$work/words"
holds "$work/words" 'Came in late: doel 02, column tekst' "1. The screen shows now: 'Eten' (Samira Oulad, " \
	"2. Handed in: 'Laat geschreven'" 'access to this had ended'
device samira inbox list --json | grep -qF '"author_name":"Joost Terpstra","row_exists":true,"shown":"Eten"' ||
	fail "the item as JSON: $(device samira inbox list --json)"
# The rule `first` of plan_id holds on to what stands: taking the whole would say done and lose it.
refused_with 1 device samira inbox resolve "$bound" --take 2
holds "$work/err" 'column plan_id has the rule first' 'stays open' '--take none'
refused_with 1 ctl inbox resolve "$bound" --take 2
holds "$work/err" 'column plan_id has the rule first' 'stays open'
same 'open items after refused choices' "$(device samira inbox list --json | lines)$(ctl inbox list --json | lines)" 22
ctl inbox resolve "$bound" --take none
device samira inbox resolve "$plain" --take 2
sync samira
same 'taken by Samira' "$(store_value "SELECT tekst FROM doel WHERE id = x'02'")" 'Laat geschreven'
same 'left aside by the operator' "$(store_value "SELECT tekst FROM doel WHERE id = x'03'")" 'Spelen'
same 'items of Samira' "$(device samira inbox list --json | lines)" 0
same 'what a device closed, for the operator' "$(ctl inbox list --json | lines)" 0
say 'late work: told, taken or left aside; what a rule would lose is refused and stays open'

# --- Whom it concerns ---
mo=$(new_worker 'Mo Lahbabi')
enrol mo "$mo"
device samira sql "BEGIN;
	INSERT INTO dossier (id, roepnaam, vaste_hulpverlener_id) VALUES (x'd2', 'Ilyas', x'$samira');
	INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) VALUES (x'b4', x'd2', x'$samira', 'actief'),
		(x'b5', x'd2', x'$joost', 'actief'), (x'b6', x'd2', x'$mo', 'actief');
	INSERT INTO doel (id, dossier_id, tekst) VALUES (x'06', x'd2', 'Voetballen');
	COMMIT" >/dev/null
sync samira joost mo
device samira sql "UPDATE doel SET tekst = 'Op de club' WHERE id = x'06'" >/dev/null
device joost sql "UPDATE doel SET tekst = 'Op het plein' WHERE id = x'06'" >/dev/null
sync samira joost samira mo
id=$(device samira inbox list --json | field id)
LANG=nl device samira inbox list >"$work/words"
holds "$work/words" "$id  Keuze nodig: doel 06" 'betreft: jij (Samira Oulad), Joost Terpstra'
lacks "$work/words" "collega's"
LANG=nl device mo inbox list >"$work/words"
same 'the inbox of a colleague' "$(cat "$work/words")" "er wacht niets op jou
Nog 1 betreft alleen collega's: buurtsync inbox list --all"
device mo inbox list --all >"$work/words"
holds "$work/words" "$id  A choice is needed: doel 06" 'concerns: Samira Oulad, Joost Terpstra'
device mo inbox show "$id" >"$work/words"
holds "$work/words" 'Concerns: Samira Oulad, Joost Terpstra'
device mo status >"$work/words"
holds "$work/words" 'inbox           0 items'
ctl inbox list >"$work/words"
holds "$work/words" 'concerns: Samira Oulad, Joost Terpstra'
device mo inbox list --json >"$work/items"
holds "$work/items" '"name":"Joost Terpstra"}],"is_yours":false'
device samira sql "UPDATE dossier SET vaste_hulpverlener_id = x'$mo' WHERE id = x'd2'" >/dev/null
sync samira mo
device mo status >"$work/words"
holds "$work/words" 'inbox           1 items'
device mo inbox resolve "$id" --take 1
sync mo samira
same 'what is left for the operator' "$(ctl inbox list --json | lines)" 0
refused_with 2 device mo inbox show "$id" --all
say 'whom it concerns: the lead and who wrote it, and it goes along with the lead; colleagues see it on demand'
stop_daemon
store_checks
