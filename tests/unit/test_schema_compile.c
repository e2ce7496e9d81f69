/* What a good schema compiles to. */
#include "tests/support/harness.h"

#include "core/schema/folder.h"

struct loaded {
	struct bsync_schema_folder folder;
	struct bsync_schema *schema;
	struct bsync_schema_report report;
};

static bool load(const char *path, struct loaded *loaded)
{
	memset(loaded, 0, sizeof(*loaded));
	return bsync_schema_load(path, &loaded->folder, &loaded->schema, &loaded->report) == BSYNC_OK;
}

static void unload(struct loaded *loaded)
{
	bsync_schema_free(loaded->schema);
	bsync_schema_report_clear(&loaded->report);
	bsync_schema_folder_clear(&loaded->folder);
}

static const struct bsync_column *column(const struct bsync_schema *schema, const char *table, const char *name)
{
	const struct bsync_table *found = bsync_schema_table_named(schema, table);
	int index = found != NULL ? bsync_table_column_named(found, name) : -1;

	return index >= 0 ? &found->columns[index] : NULL;
}

/* A schema from a string: its one file is 0001_x.sql. */
static enum bsync_result compile_text(const char *sql, struct bsync_schema **out, struct bsync_schema_report *report)
{
	struct bsync_schema_file file = {"0001_x.sql", bsync_bytes_of_string(sql)};
	struct bsync_schema_source source = {&file, 1, {NULL, 0}};

	*out = NULL;
	return bsync_schema_compile(&source, out, report);
}

#define LID                                                                                               \
	"INSERT INTO sync_schema VALUES(1, 'x'); CREATE TABLE lid(id BLOB PRIMARY KEY, tot TEXT) STRICT;" \
	"INSERT INTO sync_table(name, grondslag, levensloop) VALUES('lid', 'g', 'l');"                    \
	"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('lid', 'id', 'key', 'd'), ('lid', 'tot', 'min', 'd');"

TEST(a_freeze_names_its_states_tables_and_columns)
{
	struct loaded loaded;
	const struct bsync_freeze *freeze = NULL;
	const struct bsync_freeze_part *root = NULL;
	const struct bsync_freeze_part *step = NULL;
	const struct bsync_table *plan = NULL;
	const struct bsync_table *stap = NULL;

	CHECK(load(BSYNC_SOURCE_DIR "/tests/schemas/plan", &loaded));
	CHECK_EQ(loaded.report.count, 0);
	plan = bsync_schema_table_named(loaded.schema, "plan");
	stap = bsync_schema_table_named(loaded.schema, "stap");
	CHECK_EQ(loaded.schema->freeze_count, 1);
	root = bsync_schema_freeze(loaded.schema, (uint32_t)(plan - loaded.schema->tables), &freeze);
	CHECK(root != NULL && root->parent == -1);
	CHECK_STR(plan->columns[freeze->state].name, "status");
	CHECK_EQ(freeze->frozen_states, 12);
	CHECK_EQ(freeze->fork, 0);
	CHECK_EQ(freeze->part_count, 3);
	CHECK(root->has_column[bsync_table_column_named(plan, "inzet")]);
	CHECK(!root->has_column[bsync_table_column_named(plan, "notitie")]);
	CHECK(!root->has_column[bsync_table_column_named(plan, "id")]);
	step = bsync_schema_freeze(loaded.schema, (uint32_t)(stap - loaded.schema->tables), &freeze);
	CHECK_EQ(step->parent, bsync_table_column_named(stap, "plan"));
	CHECK(step->has_column[step->parent] && step->has_column[bsync_table_column_named(stap, "wat")]);
	CHECK(!step->has_column[bsync_table_column_named(stap, "id")]);
	CHECK(bsync_schema_freeze(loaded.schema, 0, &freeze) == NULL);
	unload(&loaded);
}

TEST(utrecht_compiles_without_error_or_note)
{
	struct loaded loaded;

	CHECK(load(BSYNC_SOURCE_DIR "/schema/utrecht", &loaded));
	CHECK_EQ(loaded.report.count, 0);
	CHECK_STR(loaded.schema->name, "utrecht");
	CHECK_EQ(loaded.schema->version, 9);
	CHECK_EQ(loaded.schema->table_count, 29);
	CHECK_EQ(loaded.schema->directory_count, 3);
	CHECK(loaded.schema->dictionary.size > 2000 && loaded.schema->dictionary.size <= 8192);
	CHECK_EQ(column(loaded.schema, "doel", "tekst")->rule, BSYNC_RULE_KEEP);
	CHECK_EQ(column(loaded.schema, "dossier", "aangemeld_op")->rule, BSYNC_RULE_MIN);
	CHECK_EQ(column(loaded.schema, "dossier", "laatste_activiteit_op")->rule, BSYNC_RULE_MAX);
	CHECK_EQ(column(loaded.schema, "ondersteuningsplan", "versie_nr")->rule, BSYNC_RULE_SERVER);
	CHECK_EQ(column(loaded.schema, "afspraak", "wie")->rule, BSYNC_RULE_SET);
	CHECK(bsync_schema_table_named(loaded.schema, "voortgang")->is_append_only);
	unload(&loaded);
}

TEST(team_index_shows_a_few_columns_and_nobody_writes_it)
{
	struct loaded loaded;

	CHECK(load(BSYNC_SOURCE_DIR "/schema/utrecht", &loaded));
	const struct bsync_table *dossier = bsync_schema_table_named(loaded.schema, "dossier");
	CHECK_EQ(dossier->face_count, 2);
	const struct bsync_face *face = &dossier->faces[1];
	CHECK_STR(face->name, "index");
	CHECK(!face->is_whole);
	CHECK_EQ(face->scope_column, bsync_table_column_named(dossier, "aan_zet_team_id"));
	int shown = 0;
	for (uint32_t i = 0; i < dossier->column_count; i++)
		shown += face->has_column[i];
	CHECK_EQ(shown, 8); /* the key and seven */
	CHECK(face->has_column[bsync_table_column_named(dossier, "roepnaam")]);
	CHECK(!face->has_column[bsync_table_column_named(dossier, "aan_zet_team_id")]);
	const struct bsync_circle *circle = &loaded.schema->circles[face->circle];
	CHECK_STR(circle->name, "team_kring");
	CHECK_STR(circle->writers_sql, "");
	CHECK_EQ(circle->root_table, -1);
	unload(&loaded);
}

TEST(dossier_kring_is_founded_by_its_dossier)
{
	struct loaded loaded;

	CHECK(load(BSYNC_SOURCE_DIR "/schema/utrecht", &loaded));
	const struct bsync_table *dossier = bsync_schema_table_named(loaded.schema, "dossier");
	const struct bsync_circle *circle = &loaded.schema->circles[dossier->faces[0].circle];
	CHECK_STR(circle->name, "dossier_kring");
	CHECK(circle->writers_sql == NULL);
	CHECK_STR(circle->founders_sql, "SELECT id FROM medewerker");
	CHECK(&loaded.schema->tables[circle->root_table] == dossier);
	CHECK_EQ(circle->on_end, BSYNC_ON_END_INBOX);
	unload(&loaded);
}

TEST(lijst_has_every_kind_of_key_and_every_rule_without_arguments)
{
	struct loaded loaded;
	bool has_rule[BSYNC_RULE_ROLE + 1] = {[BSYNC_RULE_ORDER] = true, [BSYNC_RULE_ROLE] = true};

	CHECK(load(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &loaded));
	CHECK_EQ(loaded.report.count, 0);
	const struct bsync_table *punt = bsync_schema_table(loaded.schema, 5);
	CHECK_STR(punt->name, "punt");
	CHECK_EQ(punt->key_count, 2);
	CHECK_STR(punt->columns[punt->key[0]].name, "lijst");
	CHECK_STR(punt->columns[punt->key[1]].name, "nr");
	CHECK_EQ(column(loaded.schema, "punt", "vrij")->affinity, BSYNC_AFFINITY_ANY);
	CHECK_EQ(column(loaded.schema, "punt", "maat")->affinity, BSYNC_AFFINITY_REAL);
	CHECK_EQ(column(loaded.schema, "punt", "bijlage")->affinity, BSYNC_AFFINITY_BLOB);
	CHECK(bsync_schema_table_named(loaded.schema, "kenmerk")->is_without_rowid);
	CHECK(!punt->is_without_rowid);
	for (uint32_t i = 0; i < punt->column_count; i++) {
		CHECK_EQ(punt->columns[i].no, i + 1);
		if (!punt->columns[i].is_key)
			has_rule[punt->columns[i].rule] = true;
	}
	for (size_t i = 0; i < sizeof(has_rule); i++)
		CHECK(has_rule[i]);
	unload(&loaded);
}

TEST(key_order_is_that_of_the_primary_key_not_of_the_columns)
{
	struct bsync_schema *schema;

	CHECK_EQ(compile_text(
			 LID
			 "CREATE TABLE t(a TEXT, b INTEGER, PRIMARY KEY(b, a)) STRICT, WITHOUT ROWID;"
			 "INSERT INTO sync_table(no, name, grondslag, levensloop) VALUES(40, 't', 'g', 'l');"
			 "INSERT INTO sync_column(tbl, name, rule, doelbinding, no) VALUES('t', 'b', 'key', 'd', 7),"
			 " ('t', 'a', 'key', 'd', NULL)",
			 &schema, NULL),
		 BSYNC_OK);
	const struct bsync_table *table = bsync_schema_table(schema, 40);
	CHECK_EQ(table->key[0], 1);
	CHECK_EQ(table->key[1], 0);
	CHECK_EQ(table->columns[1].no, 7);
	CHECK_EQ(table->columns[0].no, 8);
	bsync_schema_free(schema);
}

TEST(later_file_adds_tables_columns_and_numbers_after_the_earlier)
{
	static const char more[] =
		"ALTER TABLE lid ADD COLUMN naam TEXT;"
		"INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('lid', 'naam', 'lww', 'd');"
		"CREATE VIEW v AS SELECT id FROM lid; CREATE INDEX lid_naam ON lid(naam)";
	struct bsync_schema_file files[] = {{"0001_x.sql", bsync_bytes_of_string(LID)},
					    {"0007_y.sql", bsync_bytes_of_string(more)}};
	struct bsync_schema_source source = {files, 2, {NULL, 0}};
	struct bsync_schema *schema = NULL;

	CHECK_EQ(bsync_schema_compile(&source, &schema, NULL), BSYNC_OK);
	CHECK_EQ(schema->version, 7);
	CHECK_EQ(column(schema, "lid", "naam")->no, 3);
	CHECK_EQ(column(schema, "lid", "id")->no, 1);
	bsync_schema_free(schema);
}

TEST(hash_depends_on_names_contents_and_dictionary)
{
	struct bsync_schema_file files[2] = {{"0001_x.sql", bsync_bytes_of_string("a")},
					     {"0002_y.sql", bsync_bytes_of_string("b")}};
	struct bsync_schema_source source = {files, 2, {NULL, 0}};
	struct bsync_digest digests[5];

	CHECK_EQ(bsync_schema_hash(&source, &digests[0]), BSYNC_OK);
	files[0].sql = bsync_bytes_of_string("A");
	CHECK_EQ(bsync_schema_hash(&source, &digests[1]), BSYNC_OK);
	files[0].sql = bsync_bytes_of_string("a");
	files[1].name = "0002_z.sql";
	CHECK_EQ(bsync_schema_hash(&source, &digests[2]), BSYNC_OK);
	files[1].name = "0002_y.sql";
	source.dictionary = bsync_bytes_of_string("d");
	CHECK_EQ(bsync_schema_hash(&source, &digests[3]), BSYNC_OK);
	source.dictionary = bsync_bytes_of_string("");
	CHECK_EQ(bsync_schema_hash(&source, &digests[4]), BSYNC_OK);
	CHECK_BYTES(digests[4].bytes, 32, digests[0].bytes, 32);
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < i; j++)
			CHECK(memcmp(digests[i].bytes, digests[j].bytes, 32) != 0);
	}
}

TEST(column_in_no_face_is_noted_and_does_not_travel)
{
	struct bsync_schema *schema;
	struct bsync_schema_report report;

	CHECK_EQ(
		compile_text(
			LID
			"INSERT INTO sync_circle(name, members) VALUES('k', 'SELECT id FROM lid');\n"
			"INSERT INTO sync_circle_dep VALUES('k', 'lid', 'SELECT 1');\n"
			"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('lid', 'kort', '1', 'k', 'id')",
			&schema, &report),
		BSYNC_OK);
	CHECK(!column(schema, "lid", "tot")->travels);
	CHECK(column(schema, "lid", "id")->travels);
	CHECK_EQ(report.count, 1);
	CHECK(!report.problems[0].is_error);
	CHECK_STR(report.problems[0].text, "column lid.tot is in no face: it does not travel");
	bsync_schema_report_clear(&report);
	bsync_schema_free(schema);
}

TEST(until_that_is_computed_is_noted_not_refused)
{
	struct bsync_schema *schema;
	struct bsync_schema_report report;

	CHECK_EQ(
		compile_text(
			LID
			"INSERT INTO sync_circle(name, members) VALUES('k',"
			" 'SELECT id, NULL, date(tot, ''+30 days'') FROM lid WHERE tot > :scope');\n"
			"INSERT INTO sync_circle_dep VALUES('k', 'lid', 'SELECT 1');\n"
			"INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('lid', 'heel', 'tot', 'k', '*')",
			&schema, &report),
		BSYNC_OK);
	CHECK_EQ(report.count, 1);
	CHECK(strstr(report.problems[0].text, "until is computed") != NULL);
	bsync_schema_report_clear(&report);
	bsync_schema_free(schema);
}

/* How often it is noted that a compound query inside the members query hides an until. */
static int hidden_notes(const char *views, const char *members)
{
	struct bsync_schema *schema = NULL;
	struct bsync_schema_report report;
	char sql[2000];
	int count = 0;

	snprintf(sql, sizeof sql,
		 LID "%s INSERT INTO sync_circle(name, members) VALUES('k', '%s');\n"
		     "INSERT INTO sync_circle_dep VALUES('k', 'lid', 'SELECT 1');\n"
		     "INSERT INTO sync_face(tbl, name, scope, circle, columns) VALUES('lid', 'heel', 'tot', 'k', '*')",
		 views, members);
	if (compile_text(sql, &schema, &report) != BSYNC_OK)
		return -1;
	for (uint32_t i = 0; i < report.count; i++)
		count += strstr(report.problems[i].text, "there is a UNION inside") != NULL;
	bsync_schema_report_clear(&report);
	bsync_schema_free(schema);
	return count;
}

TEST(until_behind_a_compound_query_is_noted)
{
	static const char views[] = "CREATE VIEW een AS SELECT id, tot FROM lid;"
				    "CREATE VIEW twee AS SELECT id, tot FROM lid UNION SELECT id, id FROM lid;"
				    "CREATE VIEW drie AS SELECT id, tot FROM twee;";

	CHECK_EQ(hidden_notes(views, "SELECT id, NULL, tot FROM een WHERE tot > :scope"), 0);
	CHECK_EQ(hidden_notes(views,
			      "SELECT id, NULL, tot FROM lid WHERE tot > :scope UNION SELECT id, NULL, tot FROM een"),
		 0);
	CHECK_EQ(hidden_notes(views, "SELECT id, NULL, tot FROM twee WHERE tot > :scope"), 1);
	CHECK_EQ(hidden_notes(views, "SELECT id, NULL, tot FROM drie WHERE tot > :scope"), 1);
	CHECK_EQ(hidden_notes(views, "SELECT id, NULL, tot FROM (SELECT id, tot FROM lid UNION SELECT id, id FROM lid) "
				     "WHERE tot > :scope"),
		 1);
	CHECK_EQ(hidden_notes(views, "SELECT id FROM twee WHERE tot > :scope"), 0);
}

TEST(problems_are_kept_to_their_maximum_and_counted_beyond)
{
	struct bsync_schema_report report;
	struct bsync_schema *schema;
	char *sql = calloc(1, 40000);

	CHECK(sql != NULL);
	snprintf(sql, 40000, "%s", LID);
	for (int i = 0; i < 300; i++)
		snprintf(sql + strlen(sql), 100, "CREATE TABLE t%d(id BLOB PRIMARY KEY) STRICT;\n", i);
	CHECK_EQ(compile_text(sql, &schema, &report), BSYNC_SCHEMA);
	CHECK_EQ(report.count, BSYNC_SCHEMA_PROBLEMS_MAX);
	CHECK_EQ(report.error_count, 300);
	bsync_schema_report_clear(&report);
	free(sql);
}

TEST(table_of_too_many_columns_is_refused)
{
	struct bsync_schema_report report;
	struct bsync_schema *schema;
	char sql[8000] = LID "CREATE TABLE t(id BLOB PRIMARY KEY";

	for (int i = 0; i < BSYNC_COLUMNS_MAX; i++)
		snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), ", c%d TEXT", i);
	snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), "%s",
		 ") STRICT; INSERT INTO sync_table(name, grondslag, levensloop) VALUES('t', 'g', 'l');"
		 "INSERT INTO sync_column(tbl, name, rule, doelbinding) VALUES('t', 'id', 'key', 'd');"
		 "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 199)"
		 " INSERT INTO sync_column(tbl, name, rule, doelbinding) SELECT 't', 'c' || n, 'lww', 'd' FROM c");
	CHECK_EQ(compile_text(sql, &schema, &report), BSYNC_SCHEMA);
	CHECK(report.error_count == 1 && strstr(report.problems[0].text, "more than 200 columns") != NULL);
	bsync_schema_report_clear(&report);
}

TEST(source_that_is_not_text_is_refused_before_it_runs)
{
	struct bsync_schema_file files[] = {{"0001_x.sql", {(const uint8_t *)"SELECT 1;\0", 10}},
					    {"0002_x.sql", bsync_bytes_of_string("\xff")},
					    {"0002_y.sql", bsync_bytes_of_string("")},
					    {"x.sql", bsync_bytes_of_string("")}};
	struct bsync_schema_source source = {files, 4, {NULL, 0}};
	struct bsync_schema_report report;
	struct bsync_schema *schema = NULL;

	CHECK_EQ(bsync_schema_compile(&source, &schema, &report), BSYNC_SCHEMA);
	CHECK_EQ(report.error_count, 4);
	CHECK(strstr(report.problems[0].text, "NUL byte") != NULL);
	CHECK(strstr(report.problems[1].text, "not UTF-8") != NULL);
	CHECK(strstr(report.problems[2].text, "does not come after") != NULL);
	CHECK(strstr(report.problems[3].text, "NNNN_name.sql") != NULL);
	bsync_schema_report_clear(&report);
	source.file_count = 0;
	CHECK_EQ(bsync_schema_compile(&source, &schema, NULL), BSYNC_SCHEMA);
	CHECK(schema == NULL);
}

TEST(file_numbers_have_four_digits)
{
	CHECK_EQ(bsync_schema_file_number("0001_x.sql"), 1);
	CHECK_EQ(bsync_schema_file_number("1234_lang_verhaal.sql"), 1234);
	CHECK_EQ(bsync_schema_file_number("0000_x.sql"), 0);
	CHECK_EQ(bsync_schema_file_number("001_x.sql"), 0);
	CHECK_EQ(bsync_schema_file_number("00001_x.sql"), 0);
	CHECK_EQ(bsync_schema_file_number("0001x.sql"), 0);
	CHECK_EQ(bsync_schema_file_number("0001_.sql"), 0);
	CHECK_EQ(bsync_schema_file_number("0001_x.txt"), 0);
	CHECK_EQ(bsync_schema_file_number(""), 0);
}

TEST(folder_that_is_not_there_is_not_found)
{
	struct loaded loaded;
	struct bsync_schema_report report;

	CHECK(!load("/tmp/bsync-no-such-folder", &loaded));
	CHECK_EQ(bsync_schema_check("/tmp/bsync-no-such-folder", &report), BSYNC_NOT_FOUND);
	CHECK_EQ(report.count, 0);
	CHECK_EQ(bsync_schema_check(BSYNC_SOURCE_DIR "/tests/schemas/bad_check", &report), BSYNC_SCHEMA);
	CHECK_EQ(report.error_count, 1);
	bsync_schema_report_clear(&report);
	CHECK_EQ(bsync_schema_check(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &report), BSYNC_OK);
	bsync_schema_report_clear(&report);
}

TEST(report_prints_file_line_and_word)
{
	struct bsync_schema_report report;
	char text[400] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	CHECK_EQ(bsync_schema_check(BSYNC_SOURCE_DIR "/tests/schemas/bad_pragma", &report), BSYNC_SCHEMA);
	bsync_schema_report_print(&report, "DIR", stream);
	fclose(stream);
	CHECK_STR(
		text,
		"DIR/0001_pragma.sql:26: error: not allowed in a schema: PRAGMA changes the connection, not the schema;"
		" Buurtsync sets its own\n");
	bsync_schema_report_clear(&report);
}
