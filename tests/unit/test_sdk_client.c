/* The public interface without a server: opening, SQL, errors, the forms of ids, status. */
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client-sdk/include/buurtsync.h"
#include "tests/support/harness.h"
#include "tests/support/sdk_scene.h"

static struct bsync_error error;

static int run(struct bsync_client *client, const char *sql)
{
	return bsync_exec(client, sql, &error);
}

/* The first column of the first row; INT64_MIN when there is none. */
static int64_t integer(struct bsync_client *client, const char *sql)
{
	struct bsync_statement *statement = NULL;
	int64_t value = INT64_MIN;
	if (bsync_prepare(client, sql, (size_t)-1, &statement, NULL, &error) != BSYNC_DONE)
		return value;
	if (bsync_step(statement, &error) == BSYNC_ROW)
		value = bsync_column_integer(statement, 0);
	bsync_finalize(statement);
	return value;
}

TEST(version_of_header_and_library_agree)
{
	char text[40];
	CHECK_EQ(bsync_version(), BSYNC_VERSION_NUMBER);
	snprintf(text, sizeof text, "%d.%d.%d", BSYNC_VERSION_MAJOR, BSYNC_VERSION_MINOR, BSYNC_VERSION_PATCH);
	CHECK_STR(bsync_version_text(), text);
	CHECK_EQ(BSYNC_VERSION_NUMBER, BSYNC_VERSION_MAJOR * 10000 + BSYNC_VERSION_MINOR * 100 + BSYNC_VERSION_PATCH);
}

TEST(every_code_has_a_name_and_a_text)
{
	CHECK_STR(bsync_code_name(BSYNC_E_BUSY), "BSYNC_E_BUSY");
	for (int code = BSYNC_E_RULE; code <= BSYNC_ROW; code++) {
		CHECK(strncmp(bsync_code_name(code), "BSYNC_", 6) == 0);
		CHECK(bsync_code_text(code)[0] != '\0');
	}
	CHECK_STR(bsync_code_name(77), "unknown");
	CHECK(bsync_code_text(-77) != NULL);
}

TEST(what_was_appended_is_not_changed_and_the_refusal_says_what_to_do)
{
	static const char *const changes[] = {
		"UPDATE melding SET tekst = 'anders'",
		"DELETE FROM melding",
		"INSERT INTO melding(id, tekst) VALUES(x'01', 'anders') ON CONFLICT(id) DO UPDATE SET tekst = 'anders'",
		"BEGIN; UPDATE melding SET tekst = 'anders'; COMMIT",
		"INSERT OR REPLACE INTO melding(id, tekst) VALUES(x'01', 'anders')",
		"BEGIN; REPLACE INTO melding(id, tekst) VALUES(x'03', 'drie'), (x'01', 'anders'); COMMIT",
	};
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_statement *statement = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(run(client, "INSERT INTO melding(id, tekst) VALUES(x'01', 'een')"), BSYNC_DONE);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		CHECK_EQ(run(client, changes[i]), BSYNC_E_MISUSE);
		CHECK(strstr(error.text, "a correction is a new row that names the one it corrects") != NULL);
		run(client, "ROLLBACK");
	}
	CHECK_EQ(bsync_prepare(client, changes[0], (size_t)-1, &statement, NULL, &error), BSYNC_E_MISUSE);
	CHECK(statement == NULL);
	CHECK_EQ(integer(client, "SELECT count(*) FROM melding WHERE tekst = 'een'"), 1);
	CHECK_EQ(run(client, "INSERT INTO melding(id, tekst) VALUES(x'02', 'twee')"), BSYNC_DONE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_directory_without_a_device_is_not_found)
{
	struct bsync_client *client = NULL;
	CHECK_EQ(bsync_open("/nowhere/at/all", &client, &error), BSYNC_E_NOT_FOUND);
	CHECK(client == NULL);
	CHECK_EQ(error.code, BSYNC_E_NOT_FOUND);
	CHECK(strstr(error.text, "/nowhere/at/all") != NULL);
	CHECK(strchr(error.text, '\n') == NULL);
	CHECK_EQ(bsync_open("/tmp", &client, NULL), BSYNC_E_NOT_FOUND);
}

TEST(null_arguments_are_misuse_not_a_crash)
{
	struct bsync_statement *statement = NULL;
	struct bsync_event event = BSYNC_EVENT_INIT;
	struct bsync_status status = BSYNC_STATUS_INIT;
	uint8_t id[16];
	CHECK_EQ(bsync_open(NULL, NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_exec(NULL, "SELECT 1", &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_prepare(NULL, "SELECT 1", 8, &statement, NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_step(NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_reset(NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_bind_null(NULL, 1), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_bind_text(NULL, 1, "a", 1), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_parameter(NULL, ":a"), 0);
	CHECK_EQ(bsync_column_count(NULL), 0);
	CHECK_STR(bsync_column_name(NULL, 0), "");
	CHECK(bsync_column_text(NULL, 0, NULL) == NULL);
	CHECK_EQ(bsync_uuid(NULL, id), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_event_next(NULL, &event), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_status(NULL, &status, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_sync(NULL, 1, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_start(NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_fd(NULL), -1);
	CHECK_EQ(bsync_dispatch(NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_enrol(NULL, NULL, NULL, 0, &error), BSYNC_E_MISUSE);
	bsync_stop(NULL);
	bsync_finalize(NULL);
	bsync_close(NULL);
	bsync_free(NULL);
}

TEST(values_come_back_as_they_were_bound)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_statement *statement = NULL;
	const char *tail = NULL;
	static const char sql[] = "SELECT ?1, ?2, ?3, :tekst, ?5; SELECT 2";
	size_t size = 9;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_prepare(client, sql, (size_t)-1, &statement, &tail, &error), BSYNC_DONE);
	CHECK_STR(tail, " SELECT 2");
	CHECK_EQ(bsync_bind_null(statement, 1), BSYNC_DONE);
	CHECK_EQ(bsync_bind_integer(statement, 2, INT64_MIN), BSYNC_DONE);
	CHECK_EQ(bsync_bind_real(statement, 3, 0.5), BSYNC_DONE);
	CHECK_EQ(bsync_parameter(statement, ":tekst"), 4);
	CHECK_EQ(bsync_parameter(statement, ":geen"), 0);
	CHECK_EQ(bsync_bind_text(statement, 4, "caf\xc3\xa9 en meer", 5), BSYNC_DONE);
	CHECK_EQ(bsync_bind_blob(statement, 5, "\0\1", 2), BSYNC_DONE);
	CHECK_EQ(bsync_bind_integer(statement, 6, 1), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_bind_text(statement, 4, "\xff", 1), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_step(statement, &error), BSYNC_ROW);
	CHECK_EQ(bsync_bind_integer(statement, 2, 1), BSYNC_E_MISUSE); /* it stands at a row */
	CHECK_EQ(bsync_column_count(statement), 5);
	CHECK_EQ(bsync_column_type(statement, 0), BSYNC_TYPE_NULL);
	CHECK_EQ(bsync_column_type(statement, 1), BSYNC_TYPE_INTEGER);
	CHECK(bsync_column_integer(statement, 1) == INT64_MIN);
	CHECK_EQ(bsync_column_type(statement, 2), BSYNC_TYPE_REAL);
	CHECK(bsync_column_real(statement, 2) == 0.5);
	CHECK_EQ(bsync_column_type(statement, 3), BSYNC_TYPE_TEXT);
	CHECK_STR(bsync_column_text(statement, 3, &size), "caf\xc3\xa9");
	CHECK_EQ(size, 5);
	CHECK_EQ(bsync_column_type(statement, 4), BSYNC_TYPE_BLOB);
	const void *blob = bsync_column_blob(statement, 4, &size);
	CHECK_BYTES(blob, size, "\0\1", 2);
	CHECK(bsync_column_text(statement, 0, &size) == NULL && size == 0);
	CHECK_EQ(bsync_column_type(statement, 5), BSYNC_TYPE_NULL);
	CHECK_EQ(bsync_column_type(statement, -1), BSYNC_TYPE_NULL);
	CHECK_EQ(bsync_step(statement, &error), BSYNC_DONE);
	CHECK_EQ(bsync_reset(statement, &error), BSYNC_DONE);
	CHECK_EQ(bsync_step(statement, &error), BSYNC_ROW); /* what was bound stays */
	CHECK_STR(bsync_column_text(statement, 3, NULL), "caf\xc3\xa9");
	bsync_finalize(statement);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_comment_is_no_statement)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_statement *statement = (struct bsync_statement *)&scene;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_prepare(client, "-- niets", (size_t)-1, &statement, NULL, &error), BSYNC_DONE);
	CHECK(statement == NULL);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(an_error_of_sql_says_what_sqlite_says)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(run(client, "SELEKT 1"), BSYNC_E_SQL);
	CHECK(strstr(error.text, "SELEKT") != NULL);
	CHECK_EQ(run(client, "SELECT * FROM geen_tabel"), BSYNC_E_SQL);
	CHECK(strstr(error.text, "geen_tabel") != NULL);
	CHECK_EQ(error.system_code, 1); /* SQLITE_ERROR */
	CHECK_EQ(run(client, "INSERT INTO dossier(id) VALUES(x'01'); INSERT INTO dossier(id) VALUES(x'01')"),
		 BSYNC_E_SQL);
	CHECK(strstr(error.text, "UNIQUE") != NULL);
	CHECK_EQ(integer(client, "SELECT count(*) FROM dossier"), 1); /* the first of the two stays */
	CHECK_EQ(run(client, "INSERT INTO dossier(id, teller) VALUES(x'02', 'veel')"), BSYNC_E_SQL);
	CHECK_EQ(run(client, "DROP TABLE dossier"), BSYNC_E_MISUSE);
	CHECK_EQ(run(client, "ATTACH ':memory:' AS ander"), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_transaction_is_kept_whole_or_not_at_all)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_status status = BSYNC_STATUS_INIT;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(run(client,
		     "BEGIN; INSERT INTO dossier(id) VALUES(uuid()); INSERT INTO dossier(id) VALUES(uuid()); ROLLBACK"),
		 BSYNC_DONE);
	CHECK_EQ(bsync_status(client, &status, &error), BSYNC_DONE);
	CHECK_EQ(status.pending_changes, 0);
	CHECK_EQ(run(client,
		     "BEGIN; INSERT INTO dossier(id) VALUES(uuid()); INSERT INTO dossier(id) VALUES(uuid()); COMMIT"),
		 BSYNC_DONE);
	CHECK_EQ(bsync_status(client, &status, &error), BSYNC_DONE);
	CHECK_EQ(status.pending_changes, 1);
	CHECK(status.pending_bytes > 0);
	CHECK(status.oldest_pending_at > 0);
	CHECK_STR(status.state, "never-synced");
	CHECK_STR(status.cursor, "0.0");
	CHECK_STR(status.worker_name, "Anna");
	CHECK_STR(status.organisation_name, "Proef");
	CHECK_STR(status.device, "d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1");
	CHECK_EQ(status.connected, 0);
	CHECK(status.storage_free > 0);
	bsync_close(client);
	/* What was committed is there when the file is opened again. */
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(integer(client, "SELECT count(*) FROM dossier"), 2);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_smaller_status_of_an_older_header_is_filled_as_far_as_it_goes)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_status status = BSYNC_STATUS_INIT;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	status.struct_size = offsetof(struct bsync_status, cursor);
	memset(status.cursor, 'x', sizeof status.cursor);
	CHECK_EQ(bsync_status(client, &status, &error), BSYNC_DONE);
	CHECK_EQ(status.struct_size, offsetof(struct bsync_status, cursor));
	CHECK_STR(status.state, "never-synced");
	CHECK_EQ(status.cursor[0], 'x');
	status.struct_size = 0;
	CHECK_EQ(bsync_status(client, &status, &error), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(ids_are_uuids_in_the_order_they_were_made)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	uint8_t first[16], second[16];
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_uuid(client, first), BSYNC_DONE);
	poll(NULL, 0, 3); /* another millisecond */
	CHECK_EQ(bsync_uuid(client, second), BSYNC_DONE);
	CHECK(memcmp(first, second, 6) < 0);
	CHECK_EQ(first[6] >> 4, 7);
	CHECK_EQ(integer(client, "SELECT length(uuid()) + (uuid() <> uuid())"), 17);
	CHECK_EQ(integer(client, "SELECT me() = x'11111111111111111111111111111111'"), 1);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_row_is_named_by_one_word)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	char *text = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(run(client, "INSERT INTO stand(dossier_id, code, waarde) VALUES(x'0aff', 'a/b%', 'nieuw')"),
		 BSYNC_DONE);
	CHECK_EQ(bsync_history_json(client, "stand", "0aff/a%2fb%25", &text, &error), BSYNC_DONE);
	CHECK(strstr(text, "\"column\":\"waarde\"") != NULL);
	CHECK(strstr(text, "\"value\":\"nieuw\"") != NULL);
	bsync_free(text);
	CHECK_EQ(bsync_history_json(client, "stand", "0aff", &text, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_history_json(client, "stand", "0af/a", &text, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_history_json(client, "stand", "0aff/a%2", &text, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_history_json(client, "geen", "0a", &text, &error), BSYNC_E_NOT_FOUND);
	CHECK_EQ(bsync_edit_begin(client, "stand", "0aff/a%2fb%25", &error), BSYNC_DONE);
	bsync_edit_end(client, "stand", "0aff/a%2fb%25");
	CHECK_EQ(bsync_edit_begin(client, "stand", "zz/a", &error), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(lists_are_json_lines)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	char *text = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_pending_json(client, &text, &error), BSYNC_DONE);
	CHECK_STR(text, "");
	bsync_free(text);
	CHECK_EQ(run(client, "INSERT INTO dossier(id) VALUES(x'01')"), BSYNC_DONE);
	CHECK_EQ(bsync_pending_json(client, &text, &error), BSYNC_DONE);
	CHECK(strncmp(text, "{\"seq\":1,", 9) == 0);
	CHECK(strstr(text, "\"state\":\"waiting\"") != NULL);
	CHECK(strstr(text, "\"tables\":\"dossier\"") != NULL);
	CHECK_EQ(text[strlen(text) - 1], '\n');
	bsync_free(text);
	CHECK_EQ(bsync_quarantine_json(client, &text, &error), BSYNC_DONE);
	CHECK_STR(text, "");
	bsync_free(text);
	CHECK_EQ(bsync_inbox_json(client, &text, &error), BSYNC_DONE);
	CHECK_STR(text, "");
	bsync_free(text);
	CHECK_EQ(bsync_inbox_json(client, NULL, &error), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

/* As a receipt leaves it that says so. */
static bool mark_unseen(const struct sdk_scene *scene)
{
	sqlite3 *file = NULL;
	char path[200];
	snprintf(path, sizeof path, "%s/device.db", scene->dir);
	bool is_done = sqlite3_open(path, &file) == SQLITE_OK &&
		       sqlite3_exec(file, "UPDATE bsync_outbox SET unseen = 1, state = 1, reason = 'late: ...'", NULL,
				    NULL, NULL) == SQLITE_OK;
	return sqlite3_close(file) == SQLITE_OK && is_done;
}

TEST(what_was_not_taken_and_is_not_shown_is_listed_until_the_user_was_told)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	char *text = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(run(client, "INSERT INTO dossier(id) VALUES(x'01')"), BSYNC_DONE);
	CHECK_EQ(bsync_unseen_json(client, &text, &error), BSYNC_DONE);
	CHECK_STR(text, "");
	bsync_free(text);
	CHECK(mark_unseen(&scene));
	CHECK_EQ(bsync_unseen_json(client, &text, &error), BSYNC_DONE);
	CHECK(strncmp(text, "{\"seq\":1,\"made_at\":", 19) == 0);
	CHECK(strstr(text, "\"tables\":\"dossier\",\"kind\":\"late\",\"reason\":\"late: ...\"}\n") != NULL);
	bsync_free(text);
	CHECK_EQ(bsync_unseen_told(client, -1, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_unseen_told(client, 1, &error), BSYNC_DONE);
	CHECK_EQ(bsync_unseen_json(client, &text, &error), BSYNC_DONE);
	CHECK_STR(text, "");
	bsync_free(text);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(an_item_that_is_not_open_is_changed)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	static const char id[] = "00112233445566778899aabbccddeeff";
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_resolve(client, id, "mine", NULL, &error), BSYNC_E_CHANGED);
	CHECK(strstr(error.text, "changed, look again") != NULL);
	CHECK_EQ(bsync_resolve(client, "geen id", "mine", NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_resolve(client, id, "0", NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_resolve(client, id, "-1", NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_resolve(client, id, "ours", NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_resolve(client, id, NULL, NULL, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_resolve(client, id, "1", "x", &error), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_base_is_a_position)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_set_base(client, "1.17", &error), BSYNC_DONE);
	CHECK_EQ(bsync_set_base(client, NULL, &error), BSYNC_DONE);
	CHECK_EQ(bsync_set_base(client, "17", &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_set_base(client, "1.-7", &error), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

/* What the child of a fork sees: each call is refused, and closing leaves the parent's file alone. */
static int child_of_fork(struct bsync_client *client, struct bsync_statement *statement)
{
	struct bsync_status status = BSYNC_STATUS_INIT;
	struct bsync_event event = BSYNC_EVENT_INIT;
	bool is_refused = bsync_exec(client, "SELECT 1", &error) == BSYNC_E_MISUSE &&
			  strstr(error.text, "fork") != NULL && bsync_step(statement, &error) == BSYNC_E_MISUSE &&
			  bsync_status(client, &status, &error) == BSYNC_E_MISUSE &&
			  bsync_event_next(client, &event) == BSYNC_E_MISUSE &&
			  bsync_sync(client, 10, &error) == BSYNC_E_MISUSE &&
			  bsync_start(client, &error) == BSYNC_E_MISUSE;
	bsync_finalize(statement);
	bsync_close(client);
	return is_refused ? 0 : 1;
}

TEST(a_client_is_refused_in_a_forked_child)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_statement *statement = NULL;
	int status = 1;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_prepare(client, "INSERT INTO dossier(id) VALUES(uuid())", (size_t)-1, &statement, NULL, &error),
		 0);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(child_of_fork(client, statement));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_EQ(bsync_step(statement, &error), BSYNC_DONE);
	bsync_finalize(statement);
	CHECK_EQ(integer(client, "SELECT count(*) FROM dossier"), 1);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(a_statement_that_outlives_its_client_is_useless_and_can_be_freed)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_statement *statement = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_prepare(client, "SELECT 1", (size_t)-1, &statement, NULL, &error), BSYNC_DONE);
	bsync_close(client);
	CHECK_EQ(bsync_step(statement, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_column_count(statement), 0);
	bsync_finalize(statement);
	sdk_scene_clear(&scene);
}

TEST(every_descriptor_closes_on_exec)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	int mine = 0;
	bool is_open_before[256];
	for (int fd = 0; fd < 256; fd++)
		is_open_before[fd] = fcntl(fd, F_GETFD) >= 0;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(client, &error), BSYNC_DONE);
	CHECK_EQ(run(client, "INSERT INTO dossier(id) VALUES(uuid())"), BSYNC_DONE);
	for (int fd = 0; fd < 256; fd++) {
		int flags = is_open_before[fd] ? -1 : fcntl(fd, F_GETFD);
		CHECK(flags < 0 || (flags & FD_CLOEXEC) != 0);
		mine += flags >= 0;
	}
	CHECK(mine >= 5); /* two connections with their logs, the lock, the loop */
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(only_the_owner_can_look_into_the_files)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct stat found;
	char path[SDK_SCENE_DIR_SIZE + 20];
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(client, &error), BSYNC_DONE);
	static const char *const names[] = {"device.db", "agent.sock", "sync.lock"};
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", scene.dir, names[i]);
		CHECK_EQ(stat(path, &found), 0);
		CHECK_EQ(found.st_mode & 077, 0);
	}
	bsync_close(client);
	CHECK(stat(path, &found) == 0); /* the lock file stays, the socket goes */
	snprintf(path, sizeof path, "%s/agent.sock", scene.dir);
	CHECK(stat(path, &found) != 0);
	sdk_scene_clear(&scene);
}
