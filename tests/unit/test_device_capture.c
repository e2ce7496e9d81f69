/* What each kind of write puts into the outbox: the rows of what a capture mechanism must see. */
#include <sqlite3.h>

#include "tests/support/device_scene.h"
#include "tests/support/harness.h"

/* A scene with one dossier that is already in changeset 1. */
static bool scene_with_dossier(struct device_scene *scene)
{
	return device_scene_make(scene) &&
	       device_scene_run(scene->file, "INSERT INTO dossier(id, naam, status, teller, labels)"
					     " VALUES(x'01', 'Jansen', 'nieuw', 5, '[\"a\",\"b\"]')");
}

#define SCENE(scene)                         \
	struct device_scene scene;           \
	struct bsync_changeset *sets = NULL; \
	uint32_t count = 0;                  \
	CHECK(scene_with_dossier(&scene));   \
	(void)sets;                          \
	(void)count
#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define OUTBOX(after) CHECK(device_scene_outbox(&scene, after, &sets, &count))

static const struct bsync_cell_write *cell_of(const struct bsync_change *change, uint32_t column_no)
{
	for (uint32_t i = 0; i < change->cell_count; i++) {
		if (change->cells[i].column_no == column_no)
			return &change->cells[i];
	}
	return NULL;
}

static bool is_text(const struct bsync_value *value, const char *text)
{
	return value->kind == BSYNC_TEXT && bsync_bytes_equal(value->as.bytes, bsync_bytes_of_string(text));
}

TEST(insert_names_every_column_that_is_not_null)
{
	SCENE(scene);
	OUTBOX(0);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].schema_version, 1);
	CHECK_EQ(sets[0].change_count, 1);
	const struct bsync_change *change = &sets[0].changes[0];
	CHECK_EQ(change->table_no, 2);
	CHECK_EQ(change->kind, BSYNC_CHANGE_INSERT);
	CHECK_EQ(change->key_count, 1);
	CHECK_BYTES(change->key[0].as.bytes.data, change->key[0].as.bytes.size, "\x01", 1);
	CHECK_EQ(change->cell_count, 4);
	CHECK(is_text(&change->cells[0].value, "Jansen"));
	CHECK(is_text(&change->cells[1].value, "nieuw"));
	CHECK_EQ(change->cells[2].kind, BSYNC_WRITE_DELTA);
	CHECK_EQ(change->cells[2].delta, 5);
	CHECK_EQ(change->cells[3].kind, BSYNC_WRITE_SET);
	CHECK_EQ(change->cells[3].add_count, 2);
	CHECK_EQ(change->cells[3].remove_count, 0);
	device_scene_clear(&scene);
}

TEST(evidence_has_the_clock_and_the_last_contact)
{
	struct device_scene scene;
	struct bsync_changeset *sets = NULL;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	scene.clock = (struct bsync_clock_reading){.wall_ms = 99, .uptime_ms = 5000, .boot = 8};
	RUN("INSERT INTO dossier(id) VALUES(x'01')");
	OUTBOX(0);
	CHECK_EQ(sets[0].evidence.clock.wall_ms, 99);
	CHECK_EQ(sets[0].evidence.clock.uptime_ms, 5000);
	CHECK_EQ(sets[0].evidence.clock.boot, 8);
	CHECK_EQ(sets[0].evidence.anchor.server_ms, 1767225600000);
	CHECK_EQ(sets[0].evidence.anchor.clock.boot, 7);
	device_scene_clear(&scene);
}

TEST(rollback_leaves_nothing)
{
	SCENE(scene);
	RUN("BEGIN; UPDATE dossier SET naam = 'x'; ROLLBACK");
	RUN("BEGIN; COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 0);
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier"), "Jansen");
	device_scene_clear(&scene);
}

TEST(rollback_to_a_savepoint_undoes_the_capture_with_the_data)
{
	SCENE(scene);
	RUN("BEGIN; UPDATE dossier SET naam = 'b'; SAVEPOINT s; UPDATE dossier SET status = 'x';"
	    "INSERT INTO notitie(id) VALUES(x'99'); ROLLBACK TO s; RELEASE s; COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].change_count, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 1);
	CHECK(is_text(&sets[0].changes[0].cells[0].value, "b"));
	device_scene_clear(&scene);
}

TEST(outermost_savepoint_commits_and_seals)
{
	SCENE(scene);
	RUN("SAVEPOINT one; UPDATE dossier SET naam = 'b'; SAVEPOINT two; UPDATE dossier SET status = 'x'; RELEASE two");
	OUTBOX(1);
	CHECK_EQ(count, 0);
	RUN("RELEASE one");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 2);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM bsync_capture"), 0);
	RUN("UPDATE dossier SET naam = 'c'");
	OUTBOX(2);
	CHECK_EQ(count, 1);
	device_scene_clear(&scene);
}

TEST(outer_savepoint_released_over_an_inner_one_commits_both)
{
	SCENE(scene);
	RUN("SAVEPOINT one; SAVEPOINT two; UPDATE dossier SET naam = 'b'; RELEASE one");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	device_scene_clear(&scene);
}

TEST(aborted_statement_leaves_the_rest_of_its_transaction)
{
	SCENE(scene);
	RUN("BEGIN; UPDATE dossier SET naam = 'b'");
	/* The second of three rows clashes; the first must not be captured. */
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id) VALUES(x'02'), (x'01'), (x'03')"), BSYNC_EXISTS);
	RUN("COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].change_count, 1);
	CHECK_EQ(sets[0].changes[0].kind, BSYNC_CHANGE_UPDATE);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM dossier"), 1);
	device_scene_clear(&scene);
}

TEST(failed_statement_outside_a_transaction_leaves_nothing)
{
	SCENE(scene);
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id) VALUES(x'02'), (x'01')"), BSYNC_EXISTS);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM dossier"), 1);
	RUN("UPDATE dossier SET naam = 'b'");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].change_count, 1);
	device_scene_clear(&scene);
}

TEST(or_rollback_takes_the_whole_transaction_back)
{
	SCENE(scene);
	RUN("BEGIN; UPDATE dossier SET naam = 'b'");
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT OR ROLLBACK INTO dossier(id) VALUES(x'01')"), BSYNC_EXISTS);
	CHECK_EQ(bsync_file_exec(scene.file, "COMMIT"), BSYNC_INVALID);
	OUTBOX(1);
	CHECK_EQ(count, 0);
	RUN("UPDATE dossier SET naam = 'c'");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK(is_text(&sets[0].changes[0].cells[0].value, "c"));
	device_scene_clear(&scene);
}

TEST(write_of_another_connection_is_captured)
{
	SCENE(scene);
	struct bsync_file *other = device_scene_open(&scene);
	CHECK(other != NULL);
	CHECK(device_scene_run(other, "UPDATE dossier SET naam = 'other'"));
	RUN("UPDATE dossier SET naam = 'mine'");
	OUTBOX(1);
	CHECK_EQ(count, 2);
	CHECK(is_text(&sets[0].changes[0].cells[0].value, "other"));
	CHECK(is_text(&sets[1].changes[0].cells[0].value, "mine"));
	bsync_file_close(other);
	device_scene_clear(&scene);
}

TEST(connection_without_the_functions_cannot_write)
{
	SCENE(scene);
	sqlite3 *foreign = NULL;
	CHECK_EQ(sqlite3_open(scene.path, &foreign), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(foreign, "UPDATE dossier SET naam = 'x'", NULL, NULL, NULL), SQLITE_ERROR);
	sqlite3_close(foreign);
	device_scene_clear(&scene);
}

TEST(writes_of_nested_temp_triggers_are_captured)
{
	SCENE(scene);
	RUN("CREATE TEMP TRIGGER t AFTER UPDATE OF naam ON dossier BEGIN"
	    " INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'77', NEW.id, NEW.naam); END");
	RUN("UPDATE dossier SET naam = 'b'");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].change_count, 2);
	device_scene_clear(&scene);
}

TEST(table_without_rowid_and_two_key_columns_is_captured)
{
	SCENE(scene);
	RUN("INSERT INTO stand VALUES(x'01', 'a', 'een')");
	RUN("UPDATE stand SET waarde = 'twee' WHERE code = 'a'");
	RUN("DELETE FROM stand");
	OUTBOX(1);
	CHECK_EQ(count, 3);
	CHECK_EQ(sets[0].changes[0].key_count, 2);
	CHECK(is_text(&sets[0].changes[0].key[1], "a"));
	CHECK_EQ(sets[1].changes[0].kind, BSYNC_CHANGE_UPDATE);
	CHECK_EQ(sets[2].changes[0].kind, BSYNC_CHANGE_DELETE);
	device_scene_clear(&scene);
}

TEST(table_of_the_application_without_a_key_is_its_own)
{
	SCENE(scene);
	RUN("CREATE TABLE local(a, b); CREATE INDEX local_a ON local(a); CREATE VIEW v AS SELECT * FROM local");
	RUN("INSERT INTO local VALUES(1, 2); DELETE FROM local");
	OUTBOX(1);
	CHECK_EQ(count, 0);
	CHECK(!bsync_file_take_committed(scene.file) || true);
	device_scene_clear(&scene);
}

TEST(replace_of_the_same_key_updates_the_cells_that_differ)
{
	SCENE(scene);
	RUN("INSERT OR REPLACE INTO dossier(id, naam, status) VALUES(x'01', 'Jansen', 'oud')");
	OUTBOX(1);
	CHECK_EQ(sets[0].change_count, 1);
	const struct bsync_change *change = &sets[0].changes[0];
	CHECK_EQ(change->kind, BSYNC_CHANGE_UPDATE);
	/* status differs; teller and labels became NULL: their content leaves. */
	CHECK(cell_of(change, 2) == NULL);
	CHECK(is_text(&cell_of(change, 3)->value, "oud"));
	CHECK_EQ(cell_of(change, 4)->delta, -5);
	CHECK_EQ(cell_of(change, 5)->remove_count, 2);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT teller FROM dossier"), 0);
	CHECK_STR(device_scene_text(scene.file, "SELECT labels FROM dossier"), "[]");
	device_scene_clear(&scene);
}

TEST(delete_and_insert_of_one_key_is_an_update)
{
	SCENE(scene);
	RUN("BEGIN; DELETE FROM dossier; INSERT INTO dossier(id, naam, status, teller, labels)"
	    " VALUES(x'01', 'Nieuw', 'nieuw', 5, '[\"a\",\"b\"]'); COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].kind, BSYNC_CHANGE_UPDATE);
	CHECK_EQ(sets[0].changes[0].cell_count, 1);
	CHECK(is_text(&sets[0].changes[0].cells[0].value, "Nieuw"));
	device_scene_clear(&scene);
}

TEST(upsert_is_an_update_or_nothing)
{
	SCENE(scene);
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'x') ON CONFLICT DO NOTHING");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'x') ON CONFLICT DO UPDATE SET naam = excluded.naam");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].kind, BSYNC_CHANGE_UPDATE);
	CHECK_EQ(sets[0].changes[0].cell_count, 1);
	device_scene_clear(&scene);
}

TEST(update_to_the_same_value_is_nothing)
{
	SCENE(scene);
	RUN("UPDATE dossier SET naam = 'Jansen', status = 'nieuw'");
	RUN("BEGIN; UPDATE dossier SET naam = 'x'; UPDATE dossier SET naam = 'Jansen'; COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 0);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM bsync_capture"), 0);
	device_scene_clear(&scene);
}

TEST(update_of_the_key_is_delete_and_insert)
{
	SCENE(scene);
	RUN("UPDATE dossier SET id = x'02'");
	OUTBOX(1);
	CHECK_EQ(sets[0].change_count, 2);
	CHECK_EQ(sets[0].changes[0].kind, BSYNC_CHANGE_DELETE);
	CHECK_EQ(sets[0].changes[1].kind, BSYNC_CHANGE_INSERT);
	CHECK_EQ(sets[0].changes[1].cell_count, 4);
	device_scene_clear(&scene);
}

TEST(delete_of_all_rows_names_every_row)
{
	SCENE(scene);
	RUN("INSERT INTO dossier(id) VALUES(x'02'), (x'03')");
	RUN("DELETE FROM dossier");
	OUTBOX(2);
	CHECK_EQ(sets[0].change_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_EQ(sets[0].changes[i].kind, BSYNC_CHANGE_DELETE);
	device_scene_clear(&scene);
}

TEST(insert_and_delete_in_one_transaction_is_nothing)
{
	SCENE(scene);
	RUN("BEGIN; INSERT INTO dossier(id, naam) VALUES(x'05', 'x'); UPDATE dossier SET naam = 'y' WHERE id = x'05';"
	    "DELETE FROM dossier WHERE id = x'05'; COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 0);
	device_scene_clear(&scene);
}

TEST(several_updates_of_a_row_fold_to_one)
{
	SCENE(scene);
	RUN("BEGIN; UPDATE dossier SET teller = teller + 3; UPDATE dossier SET naam = 'b'; UPDATE dossier SET teller = teller - 1;"
	    "UPDATE dossier SET naam = 'c'; COMMIT");
	OUTBOX(1);
	CHECK_EQ(sets[0].change_count, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 2);
	CHECK(is_text(&cell_of(&sets[0].changes[0], 2)->value, "c"));
	CHECK_EQ(cell_of(&sets[0].changes[0], 4)->delta, 2);
	device_scene_clear(&scene);
}

TEST(set_sends_adds_and_removes_and_shows_the_canonical_text)
{
	SCENE(scene);
	RUN("UPDATE dossier SET labels = '[ \"c\", \"a\", \"c\" ]'");
	CHECK_STR(device_scene_text(scene.file, "SELECT labels FROM dossier"), "[\"a\",\"c\"]");
	OUTBOX(1);
	const struct bsync_cell_write *write = &sets[0].changes[0].cells[0];
	CHECK_EQ(write->kind, BSYNC_WRITE_SET);
	CHECK_EQ(write->add_count, 1);
	CHECK(is_text(&write->adds[0], "c"));
	CHECK_EQ(write->remove_count, 1);
	CHECK(is_text(&write->removes[0], "b"));
	device_scene_clear(&scene);
}

TEST(set_that_is_no_set_is_refused_and_the_transaction_stays)
{
	SCENE(scene);
	RUN("BEGIN; UPDATE dossier SET labels = 'geen lijst'");
	CHECK_EQ(bsync_file_exec(scene.file, "COMMIT"), BSYNC_INVALID);
	CHECK_STR(bsync_file_error_text(scene.file), "dossier.labels must hold a JSON array of texts and integers");
	RUN("UPDATE dossier SET labels = '[]'; COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cells[0].remove_count, 2);
	device_scene_clear(&scene);
}

TEST(column_in_no_face_does_not_travel)
{
	SCENE(scene);
	RUN("UPDATE dossier SET lokaal = 'x'");
	RUN("UPDATE dossier SET lokaal = 'y', naam = 'b'");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cell_count, 1);
	device_scene_clear(&scene);
}

TEST(returning_commits_when_it_ends_or_is_reset)
{
	SCENE(scene);
	struct sqlite3_stmt *statement = NULL;
	bool has_row = false;
	const char sql[] = "UPDATE dossier SET naam = naam || '.' RETURNING naam";

	CHECK_EQ(bsync_file_prepare(scene.file, sql, sizeof(sql), &statement, NULL), BSYNC_OK);
	CHECK_EQ(bsync_file_step(scene.file, statement, &has_row), BSYNC_OK);
	CHECK(has_row);
	CHECK_EQ(bsync_file_step(scene.file, statement, &has_row), BSYNC_OK);
	CHECK(!has_row);
	OUTBOX(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(bsync_file_step(scene.file, statement, &has_row), BSYNC_OK);
	CHECK(has_row);
	CHECK_EQ(bsync_file_reset(scene.file, statement), BSYNC_OK);
	OUTBOX(2);
	CHECK_EQ(count, 1);
	CHECK_EQ(bsync_file_finalize(scene.file, statement), BSYNC_OK);
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier"), "Jansen..");
	device_scene_clear(&scene);
}

TEST(commit_beside_an_unfinished_write_is_refused_whole)
{
	SCENE(scene);
	struct sqlite3_stmt *statement = NULL;
	bool has_row = false;
	const char sql[] = "UPDATE dossier SET naam = 'x' RETURNING naam";

	RUN("BEGIN");
	CHECK_EQ(bsync_file_prepare(scene.file, sql, sizeof(sql), &statement, NULL), BSYNC_OK);
	CHECK_EQ(bsync_file_step(scene.file, statement, &has_row), BSYNC_OK);
	CHECK_EQ(bsync_file_exec(scene.file, "COMMIT"), BSYNC_BUSY);
	CHECK_EQ(bsync_file_finalize(scene.file, statement), BSYNC_OK);
	RUN("COMMIT");
	OUTBOX(1);
	CHECK_EQ(count, 1);
	device_scene_clear(&scene);
}

TEST(uuid_and_me_answer)
{
	SCENE(scene);
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(uuid(), x'01', hex(me()))");
	CHECK_EQ(device_scene_integer(scene.file, "SELECT length(id) FROM notitie"), 16);
	CHECK_STR(device_scene_text(scene.file, "SELECT tekst FROM notitie"), "11111111111111111111111111111111");
	device_scene_clear(&scene);
}

TEST(committed_flag_is_set_by_changes_only)
{
	SCENE(scene);
	CHECK(bsync_file_take_committed(scene.file));
	CHECK(!bsync_file_take_committed(scene.file));
	RUN("CREATE TABLE local(a); INSERT INTO local VALUES(1)");
	CHECK(!bsync_file_take_committed(scene.file));
	RUN("BEGIN; UPDATE dossier SET naam = 'q'");
	CHECK(!bsync_file_take_committed(scene.file));
	RUN("COMMIT");
	CHECK(bsync_file_take_committed(scene.file));
	device_scene_clear(&scene);
}
