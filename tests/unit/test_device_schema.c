/* A device's schema grows under its rows, its unsent work and the application's statements. */
#include <sqlite3.h>

#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NOTITIE = 3, EXTRA = 5, NAAM = 2, DOSSIER_ID = 2, TEKST = 3, KLEUR = 5, WAT = 3 };

static const uint8_t one = 1;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

static enum bsync_result upgrade(struct bsync_file *file, const char *more)
{
	struct bsync_schema_text texts[2] = {
		{bsync_bytes_of_string("0001_proef.sql"), bsync_bytes_of_string(device_scene_schema)},
		{bsync_bytes_of_string("0002_meer.sql"), bsync_bytes_of_string(more)},
	};
	const struct bsync_schema_files files = {.version = 2, .count = 2, .files = texts};
	struct bsync_buffer payload;

	bsync_buffer_init(&payload, 1 << 20);
	enum bsync_result result = bsync_schema_encode(&files, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_schema_files(file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

static enum bsync_result welcome(struct device_scene *scene)
{
	struct bsync_welcome welcome = {.protocol = 1, .incarnation = 1, .server_ms = INT64_C(1767225700000)};

	memset(welcome.incarnation_id, 1, BSYNC_ID_SIZE);
	return bsync_file_welcome(scene->file, &welcome);
}

/* The counter of the cursor in a HELLO. */
static uint64_t greeted(struct device_scene *scene)
{
	struct bsync_arena arena;
	struct bsync_hello hello;
	uint32_t known_epoch = 0;

	bsync_arena_init(&arena, 1 << 20);
	enum bsync_result result = bsync_file_hello(scene->file, &arena, &hello, &known_epoch);
	bsync_arena_clear(&arena);
	return result == BSYNC_OK ? hello.cursor.counter : UINT64_MAX;
}

/* What a store of version 2 gives of dossier 1: a note with a colour, and a row of the new table. */
static enum bsync_result newer_rows_come(struct device_scene *scene)
{
	struct pull_row row;
	enum bsync_result result;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, 3, 8, 20);
	pull_row_value(&row, DOSSIER_ID, bsync_value_blob((struct bsync_bytes){&one, 1}));
	pull_row_text(&row, TEKST, "tekst");
	pull_row_text(&row, KLEUR, "rood");
	result = pull_send(scene, pull_scope_dossier(&one), &row);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, EXTRA, 6, 9, 21);
	pull_row_value(&row, DOSSIER_ID, bsync_value_blob((struct bsync_bytes){&one, 1}));
	pull_row_text(&row, WAT, "iets");
	return result == BSYNC_OK ? pull_send(scene, pull_scope_dossier(&one), &row) : result;
}

TEST(what_an_older_schema_has_not_is_passed_over_and_comes_with_the_newer)
{
	struct device_scene scene;
	struct bsync_file_status status;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(welcome(&scene), BSYNC_OK);
	CHECK_EQ(newer_rows_come(&scene), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "tekst");
	RUN("UPDATE dossier SET naam = 'eigen naam'; INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'07', x'01', 'eigen')");
	CHECK_EQ(greeted(&scene), 21);

	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_CHANGED);
	bsync_file_pull_cut(scene.file);
	INTEGER("SELECT count(kleur) FROM notitie", 0);
	CHECK_EQ(greeted(&scene), 0);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.cursor.counter, 21);
	CHECK_EQ(status.pending, 2);
	CHECK_EQ(welcome(&scene), BSYNC_OK);
	/* A connection that breaks here leaves it to be done. */
	CHECK_EQ(greeted(&scene), 0);
	CHECK_EQ(welcome(&scene), BSYNC_OK);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 10);
	pull_row_text(&row, NAAM, "Jansen");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(newer_rows_come(&scene), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	TEXT("SELECT kleur FROM notitie WHERE id = x'08'", "rood");
	TEXT("SELECT wat FROM extra", "iets");
	TEXT("SELECT naam FROM dossier", "eigen naam");
	TEXT("SELECT tekst FROM notitie WHERE id = x'07'", "eigen");
	CHECK_EQ(greeted(&scene), 21);
	CHECK_EQ(welcome(&scene), BSYNC_OK);
	device_scene_clear(&scene);
}

TEST(one_cell_or_one_row_that_is_passed_over_is_enough)
{
	struct device_scene scene;
	struct pull_row row;

	for (int is_row = 0; is_row < 2; is_row++) {
		CHECK(pull_scene_make(&scene));
		if (is_row) {
			pull_row_init(&row, BSYNC_PULLED_WHOLE, EXTRA, 6, 9, 20);
			pull_row_text(&row, WAT, "iets");
		} else {
			pull_row_init(&row, BSYNC_PULLED_CELLS, NOTITIE, 3, 8, 20);
			pull_row_text(&row, KLEUR, "rood");
		}
		CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
		CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
		CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_CHANGED);
		device_scene_clear(&scene);
	}
}

TEST(what_is_staged_waits_for_no_pull_that_begins_anew)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(newer_rows_come(&scene), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	bsync_file_stage_from(scene.file, 1);
	CHECK_EQ(newer_rows_come(&scene), BSYNC_OK);
	bsync_file_pull_cut(scene.file);
	INTEGER("SELECT count(*) FROM bsync_stage", 2);
	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_CHANGED);
	INTEGER("SELECT (SELECT count(*) FROM bsync_stage) + (SELECT count(*) FROM bsync_ahead)", 0);
	device_scene_clear(&scene);
}

TEST(table_of_the_applications_own_that_has_the_name_of_a_new_one_stays)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("CREATE TABLE extra(wat TEXT); INSERT INTO extra VALUES('van de app')");
	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_SCHEMA);
	CHECK(strstr(bsync_file_error_text(scene.file), "the application made itself") != NULL);
	TEXT("SELECT wat FROM extra", "van de app");
	CHECK_EQ(bsync_file_schema(scene.file)->version, 1);
	RUN("DROP TABLE extra");
	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_OK);
	device_scene_clear(&scene);
}

TEST(device_that_has_missed_nothing_goes_on_where_it_is)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(welcome(&scene), BSYNC_OK);
	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_OK);
	CHECK_EQ(greeted(&scene), 10);
	CHECK_EQ(newer_rows_come(&scene), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	TEXT("SELECT kleur FROM notitie", "rood");
	TEXT("SELECT wat FROM extra", "iets");
	device_scene_clear(&scene);
}

TEST(schema_that_does_not_compile_leaves_the_device_as_it_is)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(upgrade(scene.file, "CREATE TABLE extra(id BLOB NOT NULL PRIMARY KEY) STRICT"), BSYNC_SCHEMA);
	CHECK(strstr(bsync_file_error_text(scene.file), "update the app") != NULL);
	CHECK_EQ(newer_rows_come(&scene), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "tekst");
	CHECK_EQ(bsync_file_schema(scene.file)->version, 1);
	device_scene_clear(&scene);
}

TEST(open_statement_and_open_transaction_outlive_the_upgrade)
{
	struct device_scene scene;
	sqlite3_stmt *statement = NULL;
	struct bsync_changeset *sets = NULL;
	const char *tail = NULL;
	static const char sql[] = "SELECT naam FROM dossier";
	uint32_t count = 0;
	bool has_row = false;

	CHECK(pull_scene_make(&scene));
	struct bsync_file *syncer = device_scene_open(&scene);
	CHECK(syncer != NULL);
	CHECK_EQ(bsync_file_prepare(scene.file, sql, sizeof(sql) - 1, &statement, &tail), BSYNC_OK);
	CHECK_EQ(bsync_file_step(scene.file, statement, &has_row), BSYNC_OK);
	/* The row that it stands on is that of before. */
	CHECK_EQ(upgrade(syncer, device_scene_schema_more), BSYNC_OK);
	CHECK_STR((const char *)sqlite3_column_text(statement, 0), "Jansen");
	CHECK_EQ(bsync_file_reset(scene.file, statement), BSYNC_OK);
	CHECK_EQ(bsync_file_step(scene.file, statement, &has_row), BSYNC_OK);
	CHECK(has_row);
	CHECK_EQ(bsync_file_finalize(scene.file, statement), BSYNC_OK);
	RUN("BEGIN; UPDATE dossier SET naam = 'nieuw'; INSERT INTO extra(id, wat) VALUES(x'01', 'w'); COMMIT");
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].schema_version, 2);
	bsync_file_close(syncer);
	device_scene_clear(&scene);
}

TEST(upgrade_waits_for_the_transaction_that_is_open)
{
	struct device_scene scene;
	struct bsync_changeset *sets = NULL;
	uint32_t count = 0;

	CHECK(pull_scene_make(&scene));
	struct bsync_file *syncer = device_scene_open(&scene);
	CHECK(syncer != NULL);
	RUN("BEGIN; UPDATE dossier SET naam = 'eerst'");
	CHECK_EQ(upgrade(syncer, device_scene_schema_more), BSYNC_BUSY);
	RUN("UPDATE dossier SET status = 'dan'; COMMIT");
	CHECK_EQ(upgrade(syncer, device_scene_schema_more), BSYNC_OK);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].schema_version, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 2);
	bsync_file_close(syncer);
	device_scene_clear(&scene);
}

TEST(a_form_outlives_a_newer_schema)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	static const uint8_t eight = 8;
	const struct bsync_value note = bsync_value_blob((struct bsync_bytes){&eight, 1});
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "zoals het was", 12), BSYNC_OK);
	CHECK_EQ(bsync_file_edit_begin(scene.file, "notitie", &note, 1), BSYNC_OK);
	CHECK_EQ(upgrade(scene.file, device_scene_schema_more), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, NULL, 13), BSYNC_OK);
	CHECK(device_scene_run(scene.file, "UPDATE notitie SET tekst = 'getypt', kleur = 'rood' WHERE id = x'08'"));
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 2);
	INTEGER("SELECT count(*) FROM notitie WHERE tekst IS NOT NULL OR kleur IS NOT NULL", 0);
	device_scene_clear(&scene);
}
