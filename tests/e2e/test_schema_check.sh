#!/bin/sh
# `buurtsyncctl schema check`: a good folder passes; every bad one is refused with FILE:LINE and the reason; an
# autoincrement key with the reason why; `schema dpia` lists every column for a privacy officer; and a schema whose keys are text, integers and several columns syncs as it is.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"

for good in "$SOURCE_DIR/schema/utrecht" "$SOURCE_DIR/tests/schemas/lijst"; do
	ends_with 0 buurtsyncctl schema check "$good"
done
say 'schema/utrecht and tests/schemas/lijst pass'

count=0
for bad in "$SOURCE_DIR"/tests/schemas/bad_*; do
	ends_with 1 buurtsyncctl schema check "$bad"
	cat "$work/out" "$work/err" >"$work/said"
	# The first lines of the file say what is expected: `-- expect LINE: TEXT`.
	first=$(find "$bad" -name '*.sql' | sort | head -n 1)
	sed -n 's/^-- expect \([0-9]*\): \(.*\)$/\1 \2/p' "$first" >"$work/expected"
	[ -s "$work/expected" ] || fail "$first expects nothing"
	while read -r line text; do
		grep -F "$(basename "$first"):$line:" "$work/said" | grep -qF "$text" ||
			fail "$bad: no line with $(basename "$first"):$line: and \"$text\": $(head -n 3 "$work/said")"
	done <"$work/expected"
	count=$((count + 1))
done
[ "$count" -ge 50 ] || fail "only $count bad schemas"
say "$count bad schemas are refused, each with exit status 1, FILE:LINE and the reason"
ends_with 1 buurtsyncctl schema check "$SOURCE_DIR/tests/schemas/bad_autoincrement"
say "an autoincrement key: $(cat "$work/out" "$work/err" | head -n 1 | sed 's|.*/||')"
ends_with 1 buurtsyncctl schema check "$work/nowhere"
refused_with 2 buurtsyncctl schema check
mkdir "$work/empty"
ends_with 1 buurtsyncctl schema check "$work/empty"
refused_with 1 buurtsyncd init --dir "$work/refused" --schema "$work/empty"
[ ! -e "$work/refused" ] || fail 'init with a bad schema leaves a folder behind'
say 'a folder that is not there, and an empty one: refused, and init leaves nothing behind'

# --- The privacy officer's list ---
utrecht=$SOURCE_DIR/schema/utrecht
buurtsyncctl schema dpia "$utrecht" --json >"$work/columns"
rawsql json <"$work/columns"
grep -qxF '{"table":"persoon","column":"naam","purpose":"iemand aanspreken","ground":"publieke taak (AVG 6.1.e; Wmo 2015, Jeugdwet)","circles":["dossier_kring"],"retention":"als het dossier","nature":"identificerend","rule":"lww"}' \
	"$work/columns" || fail "persoon.naam: $(grep '"persoon","column":"naam"' "$work/columns")"
grep -qF '"table":"voortgang","column":"tekst","purpose":"ondersteuning; niets twee keer vertellen"' "$work/columns" || fail 'voortgang.tekst'
grep -F '"table":"voortgang","column":"tekst"' "$work/columns" | grep -qF '"circles":["dossier_kring","compartiment_kring"]' ||
	fail 'the circles of voortgang.tekst'
grep -qE '"(purpose|ground|retention)":(""|null)|"circles":\[\]' "$work/columns" && fail 'a column says nothing'
BUURTSYNC_LANG=nl buurtsyncctl schema dpia "$utrecht" >"$work/words"
same 'columns in words' "$(grep -c '^  - .*Wie: ' "$work/words")" "$(lines <"$work/columns")"
grep -qxF '  - naam (identificerend): iemand aanspreken. Wie: dossier_kring' "$work/words" || fail 'a column in Dutch'
grep -qxF '  Bewaren: zonder hulp: na 12 maanden weg, alleen de aantallen blijven' "$work/words" || fail 'how long'
grep -qF '  - dossier_kring: SELECT medewerker_id, vanaf, tot FROM betrokken WHERE dossier_id = :scope' "$work/words" || fail 'a circle'
buurtsyncctl schema dpia "$utrecht" --lang en | grep -qxF '  - naam (says which client): iemand aanspreken. Who: dossier_kring' ||
	fail 'a column in English'
grep -qxF '    tot er iemand in zit, ook wie hem begon; beginnen mag: SELECT id FROM medewerker' "$work/words" || fail 'who began a circle'
ends_with 1 buurtsyncctl schema dpia "$SOURCE_DIR/tests/schemas/bad_no_purpose"
grep -q 'has no doelbinding' "$work/err" || fail "dpia of a bad schema: $(cat "$work/err")"
ends_with 1 buurtsyncctl schema dpia "$work/nowhere"
refused_with 2 buurtsyncctl schema dpia
say "schema dpia: $(lines <"$work/columns") columns, each with purpose, ground, circle and term, in both languages and as JSON"

# --- Keys of every kind, end to end ---
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
worker=$(new_worker 'Samira Oulad')
enrol one "$worker"
enrol two "$(new_worker 'Joost Terpstra')"
cat >"$work/tables" <<'END'
lijst naam, titel
punt lijst, nr, titel, tekst, eerste, nummer, hoogste, laagste, aantal, labels, maat, hex(bijlage), typeof(vrij), vrij
kenmerk lijst, taal, waarde
regel nr, lijst, tekst
logboek hex(id), lijst, op, tekst
END
device one sql "BEGIN;
	INSERT INTO lijst (naam, titel) VALUES ('werk', 'Werk'), ('a/b %2F é€😀', 'tekens'), ('', 'leeg');
	INSERT INTO punt (lijst, nr, titel, tekst, hoogste, laagste, aantal, labels, maat, bijlage, vrij) VALUES
		('werk', 1, 'een', 'tekst', 5, 5, 1, '[\"a\",\"b\"]', 1.5, x'00ff', 'vrij'),
		('werk', -9223372036854775808, 'klein', NULL, NULL, NULL, NULL, NULL, 1e300, x'', x'0102'),
		('werk', 9223372036854775807, 'groot', '', 0, -1, 0, '[]', -0.5, NULL, 12),
		('a/b %2F é€😀', 0, 'anders', 'x', 1, 1, 1, NULL, NULL, NULL, 2.5);
	INSERT INTO kenmerk VALUES ('werk', 'nl', 'ja'), ('werk', 'fr', 'oui'), ('a/b %2F é€😀', '%', 'procent');
	INSERT INTO regel (nr, lijst, tekst) VALUES (1, 'werk', 'eerste'), (-7, 'werk', 'min zeven'), (4000000000, 'werk', 'vier miljard');
	INSERT INTO logboek VALUES (x'01', 'werk', '2026-01-01', 'kort'), (uuid(), 'werk', NULL, 'lang');
	COMMIT" >/dev/null
sync one two
all_equal "$work/tables" one two
same 'rows on the other device' "$(value two 'SELECT (SELECT count(*) FROM punt) || (SELECT count(*) FROM kenmerk) || (SELECT count(*) FROM regel)')" 433
say 'text, negative and 64-bit integer, composite and WITHOUT ROWID keys arrive as they are'

device two sql "UPDATE punt SET titel = 'twee', aantal = aantal + 2, hoogste = 9 WHERE lijst = 'werk' AND nr = 1" >/dev/null
device one sql "UPDATE punt SET aantal = aantal + 4, laagste = 2, labels = '[\"b\",\"c\"]' WHERE lijst = 'werk' AND nr = 1;
	DELETE FROM kenmerk WHERE taal = 'fr';
	INSERT OR REPLACE INTO kenmerk VALUES ('werk', 'nl', 'zeker');
	INSERT INTO regel (nr, lijst, tekst) VALUES (1, 'werk', 'nieuw') ON CONFLICT (nr) DO UPDATE SET tekst = excluded.tekst;
	UPDATE regel SET nr = 8 WHERE nr = -7;
	UPDATE punt SET nr = 2 WHERE nr = 9223372036854775807" >/dev/null
sync two one two
all_equal "$work/tables" one two
same 'the point that both edited' \
	"$(value one "SELECT titel || aantal || hoogste || laagste || labels FROM punt WHERE lijst = 'werk' AND nr = 1" | tr -d '\\')" \
	'twee792["b","c"]'
same 'a replaced row' "$(value two "SELECT waarde FROM kenmerk WHERE lijst = 'werk' AND taal = 'nl'")" zeker
same 'a deleted row' "$(value two "SELECT count(*) FROM kenmerk WHERE taal = 'fr'")" 0
same 'an upsert' "$(value two "SELECT tekst FROM regel WHERE nr = 1")" nieuw
same 'a key that was changed is a row that went and one that came' "$(value two "SELECT group_concat(nr) FROM (SELECT nr FROM regel ORDER BY nr)")" '1,8,4000000000'
device two history punt werk/1 >"$work/past"
rawsql json <"$work/past"
grep -q '"een"' "$work/past" || [ -s "$work/past" ] || fail 'the history of a row with a key of two columns is empty'
device two history kenmerk 'a%2Fb %252F é€😀/%25' >"$work/past"
rawsql json <"$work/past"
say 'updates, deletes, REPLACE, upserts and changed keys: equal on both devices and in the store'

# A rule of the schema, not of the network: what only the store may write stays as it was.
device one sql "UPDATE punt SET nummer = 12 WHERE lijst = 'werk' AND nr = 1" >/dev/null
sync one two
same 'a column that only the store writes' "$(store_value "SELECT coalesce(nummer, 'niets') FROM punt WHERE lijst = 'werk' AND nr = 1")" niets
same 'its item' "$(ctl inbox list --json | field kind)" refused
say 'a write to a column of rule `server` is an item in the inbox, with the value'
stop_daemon
store_checks
