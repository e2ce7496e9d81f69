#include <stdio.h>
#include <string.h>

#include "core/schema/compile.h"
#include "core/schema/folder.h"
#include "tests/support/harness.h"

/* What is in use: two tables, one with a group and one that is signed; a circle that asks a view. */
static const char in_use[] =
	"INSERT INTO sync_schema(id, name) VALUES(1, 'x');\n"
	"CREATE TABLE lid(id BLOB NOT NULL PRIMARY KEY, naam TEXT, bak TEXT, plaats TEXT) STRICT;\n"
	"CREATE TABLE plan(id BLOB NOT NULL PRIMARY KEY, lid BLOB, status TEXT, doel TEXT) STRICT;\n"
	"CREATE VIEW leden AS SELECT id FROM lid;\n"
	"CREATE INDEX plan_lid ON plan(lid);\n"
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('lid', 'g', 'l'), ('plan', 'g', 'l');\n"
	"INSERT INTO sync_column(tbl, name, rule, grp, doelbinding) VALUES('lid', 'id', 'key', NULL, 'd'),"
	" ('lid', 'naam', 'lww', NULL, 'd'), ('lid', 'bak', 'lww', 'waar', 'd'), ('lid', 'plaats', 'lww', 'waar', 'd'),"
	" ('plan', 'id', 'key', NULL, 'd'), ('plan', 'lid', 'lww', NULL, 'd'), ('plan', 'doel', 'keep', NULL, 'd');\n"
	"INSERT INTO sync_column(tbl, name, rule, args, doelbinding) VALUES"
	" ('plan', 'status', 'order', '{\"states\": [\"concept\", \"getekend\"]}', 'd');\n"
	"INSERT INTO sync_circle(name, members) VALUES('kring', 'SELECT id FROM leden');\n"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('kring', 'lid', 'SELECT ''alle''');\n"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('lid', 'heel', '''alle''', 'kring', '*'),"
	" ('plan', 'heel', '''alle''', 'kring', 'lid, status, doel');\n"
	"INSERT INTO sync_freeze(tbl, state, frozen, columns, fork) VALUES"
	" ('plan', 'status', '[\"getekend\"]', 'doel', 'concept');\n";

static const char addition[] =
	"-- a table, a column, and what they need\n"
	"CREATE TABLE stap(id BLOB NOT NULL PRIMARY KEY, plan BLOB, wat TEXT) STRICT;\n"
	"ALTER TABLE lid ADD COLUMN kleur TEXT;\n"
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('stap', 'g', 'l');\n"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('stap', 'id', 'key', 'd'),"
	" ('stap', 'plan', 'lww', 'd'), ('stap', 'wat', 'keep', 'd'), ('lid', 'kleur', 'lww', 'd');\n"
	"INSERT INTO sync_circle(name, members) VALUES('stappers', 'SELECT id FROM lid');\n"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('stappers', 'lid', 'SELECT ''stap''');\n"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('stap', 'heel', '''stap''', 'stappers', '*');\n"
	"CREATE INDEX stap_plan ON stap(plan);\n"
	"INSERT INTO sync_reference(tbl, name, parent) VALUES('stap', 'plan', 'plan');\n"
	"CREATE INDEX lid_naam ON lid(naam);\n"
	"INSERT INTO sync_unique(tbl, name, columns) VALUES('lid', 'naam', 'naam');\n"
	"INSERT INTO sync_handover(tbl, rows) VALUES('stap', 'SELECT id, plan FROM stap WHERE plan = :from AND :to = :now');\n"
	"CREATE VIEW stappen AS SELECT wat FROM stap;\n";

static enum bsync_result grow(const char *more, struct bsync_schema **out, struct bsync_schema_report *report)
{
	const struct bsync_schema_file files[] = {{"0001_x.sql", bsync_bytes_of_string(in_use)},
						  {"0002_y.sql", bsync_bytes_of_string(more)}};
	const struct bsync_schema_source source = {.files = files, .file_count = 2};

	return bsync_schema_compile_growth(&source, 1, out, report);
}

/* True when the addition is refused at that line of the new file, for a reason that has these words. */
static bool is_refused(const char *more, uint32_t line, const char *words)
{
	struct bsync_schema_report report;
	struct bsync_schema *schema = NULL;
	enum bsync_result result = grow(more, &schema, &report);
	bool is_right = result == BSYNC_SCHEMA && report.error_count == 1 &&
			strcmp(report.problems[0].file, "0002_y.sql") == 0 && report.problems[0].line == line &&
			strstr(report.problems[0].text, words) != NULL;

	if (!is_right) {
		printf("  %s: %s\n", more, bsync_result_text(result));
		bsync_schema_report_print(&report, "x", stdout);
	}
	if (result == BSYNC_OK)
		bsync_schema_free(schema);
	bsync_schema_report_clear(&report);
	return is_right;
}

TEST(a_file_behind_those_in_use_adds_tables_columns_circles_and_views)
{
	struct bsync_schema_report report;
	struct bsync_schema *schema = NULL;

	CHECK_EQ(grow(addition, &schema, &report), BSYNC_OK);
	CHECK_EQ(report.count, 0);
	CHECK_EQ(schema->version, 2);
	CHECK_EQ(schema->table_count, 3);
	bsync_schema_free(schema);
	bsync_schema_report_clear(&report);
}

TEST(what_is_in_use_keeps_its_numbers)
{
	const struct bsync_schema_file file = {"0001_x.sql", bsync_bytes_of_string(in_use)};
	const struct bsync_schema_source source = {.files = &file, .file_count = 1};
	struct bsync_schema *before = NULL;
	struct bsync_schema *after = NULL;

	CHECK_EQ(bsync_schema_compile(&source, &before, NULL), BSYNC_OK);
	CHECK_EQ(grow(addition, &after, NULL), BSYNC_OK);
	for (uint32_t i = 0; i < before->table_count; i++) {
		const struct bsync_table *was = &before->tables[i];
		const struct bsync_table *is = bsync_schema_table_named(after, was->name);

		CHECK_EQ(is->no, was->no);
		CHECK_EQ(is->face_count, was->face_count);
		for (uint32_t k = 0; k < was->column_count; k++) {
			CHECK_STR(is->columns[k].name, was->columns[k].name);
			CHECK_EQ(is->columns[k].no, was->columns[k].no);
		}
		for (uint32_t k = 0; k < was->face_count; k++)
			CHECK_EQ(is->faces[k].no, was->faces[k].no);
	}
	for (uint32_t i = 0; i < before->circle_count; i++) {
		const int at = bsync_schema_circle(after, before->circles[i].no);

		CHECK(at >= 0);
		CHECK_STR(after->circles[at].name, before->circles[i].name);
	}
	CHECK_EQ(bsync_schema_table_named(after, "stap")->no, 3);
	bsync_schema_free(before);
	bsync_schema_free(after);
}

TEST(how_work_is_handed_over_may_change)
{
	struct bsync_schema *schema = NULL;

	CHECK_EQ(
		grow("INSERT INTO sync_handover(no, tbl, rows) VALUES(1, 'plan', 'SELECT id, doel FROM plan WHERE lid = :from'"
		     " || ' AND :to = :now'); UPDATE sync_handover SET rows = 'SELECT id, lid FROM plan WHERE lid = :from"
		     " AND :to = :now'",
		     &schema, NULL),
		BSYNC_OK);
	bsync_schema_free(schema);
}

TEST(rows_of_the_registry_in_use_stay_as_they_are)
{
	CHECK(is_refused("\nUPDATE sync_column SET rule = 'keep' WHERE name = 'naam'", 2, "sync_column"));
	CHECK(is_refused("UPDATE sync_column SET doelbinding = 'iets anders'", 1, "sync_column"));
	CHECK(is_refused("UPDATE sync_table SET deletes = 'win' WHERE name = 'lid'", 1, "sync_table"));
	CHECK(is_refused("UPDATE sync_circle SET members = 'SELECT id FROM lid WHERE 0'", 1, "sync_circle"));
	CHECK(is_refused("-- one\n-- two\nUPDATE sync_face SET scope = '''niemand'''", 3, "sync_face"));
	CHECK(is_refused("UPDATE sync_freeze SET columns = '*'", 1, "sync_freeze"));
	CHECK(is_refused("DELETE FROM sync_circle_dep", 1, "sync_circle_dep"));
	CHECK(is_refused("INSERT OR REPLACE INTO sync_column(tbl, name, no, rule, doelbinding)"
			 " VALUES('lid', 'naam', 2, 'max', 'd')",
			 1, "sync_column"));
	CHECK(is_refused("\n\nUPDATE sync_schema SET id = 1, name = 'anders'", 3, "not allowed"));
}

TEST(tables_in_use_are_not_dropped_or_renamed)
{
	CHECK(is_refused("\nDROP TABLE plan", 2, "still send its rows"));
	CHECK(is_refused("ALTER TABLE lid RENAME TO mens", 1, "never renamed"));
	CHECK(is_refused("ALTER TABLE lid RENAME COLUMN naam TO roepnaam", 1, "never renamed"));
	CHECK(is_refused("ALTER TABLE lid DROP COLUMN naam", 1, "never renamed or removed"));
}

TEST(column_that_an_older_device_leaves_out_needs_no_value)
{
	static const char row[] =
		"\nINSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('lid', 'kleur', 'lww', 'd')";
	char sql[400];

	snprintf(sql, sizeof(sql), "\nALTER TABLE lid ADD COLUMN kleur TEXT NOT NULL DEFAULT 'wit';%s", row);
	CHECK_EQ(grow(sql, &(struct bsync_schema *){NULL}, NULL), BSYNC_SCHEMA);
	snprintf(sql, sizeof(sql), "\nALTER TABLE lid ADD COLUMN kleur TEXT DEFAULT 'wit';%s", row);
	CHECK(is_refused(sql, 2, "DEFAULT"));
}

TEST(table_in_use_gets_no_new_face)
{
	CHECK(is_refused("\n\nINSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES"
			 "('plan', 'kort', '''alle''', 'kring', 'doel')",
			 3, "table plan is in use and gets the face kort"));
}

TEST(column_joins_no_group_in_use)
{
	CHECK(is_refused("ALTER TABLE lid ADD COLUMN straat TEXT;\n"
			 "INSERT INTO sync_column(tbl, name, rule, grp, doelbinding) VALUES\n"
			 "('lid', 'straat', 'lww', 'waar', 'd')",
			 3, "lid.straat joins a group"));
}

/* Its members' query says `bak` of table lid, from within a query of vlag. */
static const char bare_name[] =
	"CREATE TABLE vlag(id BLOB NOT NULL PRIMARY KEY, lid BLOB) STRICT;\n"
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('vlag', 'g', 'l');\n"
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('vlag', 'id', 'key', 'd'), ('vlag', 'lid', 'lww', 'd');\n"
	"INSERT INTO sync_circle(name, members) VALUES('binnen', 'SELECT id FROM lid WHERE NOT EXISTS "
	"(SELECT 1 FROM vlag WHERE vlag.lid = lid.id AND bak = ''weg'')');\n"
	"INSERT INTO sync_circle_dep(circle, tbl, scopes) VALUES('binnen', 'lid', 'SELECT ''in'''),"
	" ('binnen', 'vlag', 'SELECT ''in''');\n"
	"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('vlag', 'heel', '''in''', 'binnen', '*');\n";

/* Adds that column to vlag. */
static enum bsync_result column_grow(const char *name, struct bsync_schema **out, struct bsync_schema_report *report)
{
	char more[300];
	struct bsync_schema_file files[] = {{"0001_x.sql", bsync_bytes_of_string(in_use)},
					    {"0002_y.sql", bsync_bytes_of_string(bare_name)},
					    {"0003_z.sql", {0}}};
	const struct bsync_schema_source source = {.files = files, .file_count = 3};

	snprintf(more, sizeof(more),
		 "ALTER TABLE vlag ADD COLUMN %s TEXT;\nINSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES\n"
		 "('vlag', '%s', 'lww', 'd');",
		 name, name);
	files[2].sql = bsync_bytes_of_string(more);
	return bsync_schema_compile_growth(&source, 2, out, report);
}

TEST(column_takes_no_bare_name_that_a_circle_asks)
{
	struct bsync_schema_report report;
	struct bsync_schema *schema = NULL;

	CHECK_EQ(column_grow("bak", &schema, &report), BSYNC_SCHEMA);
	CHECK_EQ(report.error_count, 1);
	CHECK_EQ(report.problems[0].line, 3);
	CHECK(strstr(report.problems[0].text, "what circle binnen asks says bak") != NULL);
	bsync_schema_report_clear(&report);
	CHECK_EQ(column_grow("bakje", &schema, &report), BSYNC_OK);
	bsync_schema_free(schema);
	bsync_schema_report_clear(&report);
}

TEST(column_in_use_becomes_no_reference)
{
	CHECK(is_refused("INSERT INTO sync_reference(tbl, name, parent) VALUES('plan', 'lid', 'lid')", 1,
			 "plan.lid is in use and becomes a reference"));
}

TEST(table_in_use_becomes_no_part_of_a_freeze)
{
	CHECK(is_refused(
		"CREATE TABLE stap(id BLOB NOT NULL PRIMARY KEY, plan BLOB, wat TEXT) STRICT;\n"
		"CREATE INDEX stap_plan ON stap(plan);\n"
		"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('stap', 'g', 'l');\n"
		"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('stap', 'id', 'key', 'd'),"
		" ('stap', 'plan', 'lww', 'd'), ('stap', 'wat', 'keep', 'd');\n"
		"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('stap', 'heel', '''alle''', 'kring', '*');\n"
		"INSERT INTO sync_freeze_child(root, tbl, parent, columns) VALUES('plan', 'stap', 'plan', 'wat')",
		6, "table stap joins the freeze of plan"));
}

TEST(those_who_are_there_get_no_directory)
{
	CHECK(is_refused("INSERT INTO sync_directory(what, tbl, id, name) VALUES('worker', 'lid', 'id', 'naam')", 1,
			 "table lid gets a row for each worker"));
}

TEST(view_that_a_circle_asks_stays_as_it_is)
{
	CHECK(is_refused("DROP VIEW leden;\nCREATE VIEW leden AS SELECT id FROM lid WHERE naam <> ''", 2,
			 "circle kring asks view leden"));
}

TEST(other_views_are_replaced)
{
	struct bsync_schema *schema = NULL;
	char sql[4000];

	snprintf(sql, sizeof(sql), "%s\nDROP VIEW stappen; CREATE VIEW stappen AS SELECT id FROM stap", addition);
	CHECK_EQ(grow(sql, &schema, NULL), BSYNC_OK);
	bsync_schema_free(schema);
}
