#!/bin/sh
# The schema of a store in use gets a column, a table and a circle: one device is connected, another is offline with unsent work.
# Nothing is restarted, nothing is lost, and what does more than add is refused.  A restore to before that goes through the same again.
# timeout: 180
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
export LANG=C
schema=$work/schema
cp -r "$SOURCE_DIR/tests/schemas/lijst" "$schema"
make_store "$schema"
start_daemon
enrol a "$(new_worker Anna)"
enrol b "$(new_worker Bram)"
sync a b
device a sql "INSERT INTO lijst (naam, titel) VALUES ('werk', 'Werk');
	INSERT INTO punt (lijst, nr, tekst, aantal) VALUES ('werk', 1, 'een', 0), ('werk', 2, 'twee', 0)"
sync a b
ctl backup "$work/before" >/dev/null
device b sql "UPDATE punt SET tekst = 'van Bram', aantal = aantal + 3 WHERE nr = 1; INSERT INTO regel (nr, lijst, tekst) VALUES (7, 'werk', 'offline')"

version() { store_value "SELECT max(version) FROM bsync_schema_file"; }
cat >"$schema/0002_meer.sql" <<'END'
-- One more column, and a board that everybody shares.
ALTER TABLE punt ADD COLUMN kleur TEXT;
CREATE TABLE bord (id BLOB PRIMARY KEY, tekst TEXT) STRICT;
INSERT INTO sync_table (name, grondslag, levensloop) VALUES ('bord', 'test', 'test');
INSERT INTO sync_column (tbl, name, rule, doelbinding) VALUES
  ('punt', 'kleur', 'keep', 'test'), ('bord', 'id', 'key', 'test'), ('bord', 'tekst', 'lww', 'test');
INSERT INTO sync_circle (name, members) VALUES ('bord_kring', 'SELECT id FROM lid WHERE :scope = ''bord''');
INSERT INTO sync_circle_dep (circle, tbl, scopes) VALUES ('bord_kring', 'lid', 'SELECT ''bord''');
INSERT INTO sync_face (tbl, name, scope, circle, columns) VALUES ('bord', 'heel', '''bord''', 'bord_kring', '*');
END

say 'what does more than add is refused, with file and line, and changes nothing'
printf "\nUPDATE sync_column SET rule = 'lww' WHERE tbl = 'punt' AND name = 'tekst';\n" >"$schema/0003_anders.sql"
ends_with 1 ctl schema apply "$schema"
grep -q "$schema/0003_anders.sql:2: error: this changes what a file that is in use says in sync_column" "$work/err" ||
	fail "$(cat "$work/err")"
rm "$schema/0003_anders.sql"
cp "$schema/0001_lijst.sql" "$work/first.sql"
echo '-- nothing' >>"$schema/0001_lijst.sql"
ends_with 1 ctl schema apply "$schema"
grep -q '0001_lijst.sql:0: error: the store has this file with another text' "$work/err" || fail "$(cat "$work/err")"
cp "$work/first.sql" "$schema/0001_lijst.sql"
refused_with 1 ctl schema apply "$work/nowhere"
ends_with 0 ctl schema apply --dry-run "$schema"
grep -q '^schema version 1 would become 2' "$work/out" || fail "$(cat "$work/out")"
same 'the version after a rehearsal' "$(version)" 1

say 'a device that is connected has it at once'
start_agent a
(cd "$work" && ctl schema apply schema) >"$work/applied"
for line in 'schema version 1 became 2' 'table bord' 'column punt.kleur' 'circle bord_kring'; do
	grep -qx "$line" "$work/applied" || fail "\"$line\" is not told: $(cat "$work/applied")"
done
eventually 'the schema of a' 2 status_of a schema_version
same 'nothing new the second time' "$(ctl schema apply "$schema")" 'nothing new: the store has schema version 2'
grep -q 'schema event=applied from=1 to=2' "$work/daemon.log" || fail 'the log does not tell'
device a sql "UPDATE punt SET kleur = 'rood' WHERE nr = 1; INSERT INTO bord (id, tekst) VALUES (x'01', 'welkom')"
eventually 'what a writes' 0 status_of a pending_changes
stop_agent "$agent"

say 'a device that was offline hands in what it wrote before, and gets the rest'
same 'the schema of b' "$(status_of b schema_version)" 1
sync b a
same 'the schema of b' "$(status_of b schema_version)" 2
same 'pending of b' "$(status_of b pending_changes)" 0
same 'quarantined of b' "$(status_of b quarantined)" 0
same 'the new column on b' "$(value b "SELECT kleur || ' ' || tekst || ' ' || aantal FROM punt WHERE nr = 1")" 'rood van Bram 3'
same 'the new table on b' "$(value b 'SELECT tekst FROM bord')" welkom
same 'its work on a' "$(value a 'SELECT tekst FROM regel')" offline
device b sql "UPDATE punt SET kleur = 'blauw' WHERE nr = 2; UPDATE bord SET tekst = 'dag'"
sync b a
same 'what b wrote there' "$(value a "SELECT kleur || (SELECT tekst FROM bord) FROM punt WHERE nr = 2")" blauwdag

say 'who enrols now has it too, and a daemon that begins anew'
enrol c "$(new_worker Cor)"
sync c
cat >"$work/tables" <<'END'
lijst naam, titel
punt lijst, nr, titel, tekst, aantal, kleur
regel nr, lijst, tekst
bord id, tekst
END
all_equal "$work/tables" a b c
stop_daemon
store_checks
start_daemon
sync a b c
all_equal "$work/tables" a b c

say 'a restore to before: what was written since waits for the schema, and goes in with it'
stop_daemon
ends_with 0 ctl restore "$work/before" --accept
start_daemon
sync a b
recovery() { ctl recovery status --json | field state; }
eventually 'the recovery' none recovery
same 'the version' "$(version)" 1
ctl quarantine list >"$work/quarantine"
grep -q 'in schema version 1' "$work/quarantine" || fail "nothing waits for the schema: $(cat "$work/quarantine")"
same 'what was written before is in' "$(store_value 'SELECT tekst FROM regel')" offline
sync a b
ctl schema apply "$schema" >"$work/applied"
grep -q 'changesets that waited for it went in' "$work/applied" || fail "$(cat "$work/applied")"
same 'nothing waits' "$(ctl quarantine list | lines)" 0
sync a b a
cat >"$work/tables" <<'END'
punt lijst, nr, titel, tekst, aantal, kleur
bord id, tekst
END
all_equal "$work/tables" a b
same 'the new column' "$(store_value "SELECT group_concat(kleur) FROM (SELECT kleur FROM punt ORDER BY nr)")" rood,blauw
stop_daemon
store_checks
