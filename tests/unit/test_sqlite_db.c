/* How we open SQLite, bind, step and map its failures. */
#include "tests/support/harness.h"

#include <unistd.h>

#include "core/sqlite/db.h"

static const struct bsync_db_options memory = {.mode = BSYNC_DB_MEMORY};

/* A path at which there is no file. */
static void temporary(char path[64])
{
	static int count;

	snprintf(path, 64, "/tmp/bsync-test-db-%ld-%d", (long)getpid(), count++);
	remove(path);
}

/* Closes, and removes the file; SQLite removes its log with the last connection. */
static void discard(struct bsync_db *db, const char *path)
{
	bsync_db_close(db);
	remove(path);
}

TEST(open_sets_our_pragmas_on_a_file)
{
	const struct {
		const char *sql;
		int64_t value;
	} expected[] = {
		{"PRAGMA synchronous", 2},     {"PRAGMA temp_store", 2},         {"PRAGMA secure_delete", 1},
		{"PRAGMA foreign_keys", 0},    {"PRAGMA recursive_triggers", 1}, {"PRAGMA trusted_schema", 0},
		{"PRAGMA page_size", 2048},    {"PRAGMA cache_size", -1024},     {"PRAGMA wal_autocheckpoint", 77},
		{"PRAGMA cell_size_check", 1},
	};
	struct bsync_db_options options = {
		.mode = BSYNC_DB_CREATE, .page_size = 2048, .cache_kib = 1024, .autocheckpoint_pages = 77};
	struct bsync_db db;
	char path[64];
	char *mode = NULL;

	temporary(path);
	CHECK_EQ(bsync_db_open(&db, path, &options), BSYNC_OK);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		int64_t value = -99;
		CHECK_EQ(bsync_db_query_int64(&db, expected[i].sql, &value), BSYNC_OK);
		if (value != expected[i].value)
			FAIL("%s is %lld", expected[i].sql, (long long)value);
	}
	CHECK_EQ(bsync_db_query_string(&db, "PRAGMA journal_mode", &mode), BSYNC_OK);
	CHECK_STR(mode, "wal");
	free(mode);
	discard(&db, path);
}

TEST(defensive_connection_refuses_to_write_the_schema_table)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "CREATE TABLE t(a)"), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "PRAGMA writable_schema=1"), BSYNC_OK);
	CHECK(bsync_db_exec(&db, "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(b)'") != BSYNC_OK);
	CHECK(bsync_db_exec(&db, "SELECT \"no such column\"") != BSYNC_OK);
	bsync_db_close(&db);
}

TEST(open_of_a_missing_file_is_not_found)
{
	struct bsync_db_options options = {.mode = BSYNC_DB_READ_WRITE};
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, "/tmp/bsync-no-such-folder/x.db", &options), BSYNC_NOT_FOUND);
	CHECK(db.handle == NULL);
	CHECK(bsync_db_error(&db)[0] != '\0');
}

TEST(open_of_a_file_that_is_no_database_says_corrupt)
{
	struct bsync_db_options options = {.mode = BSYNC_DB_READ_WRITE};
	struct bsync_db db;
	char path[64];

	temporary(path);
	FILE *file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database\n", file);
	fclose(file);
	CHECK_EQ(bsync_db_open(&db, path, &options), BSYNC_STORAGE_CORRUPT);
	CHECK(db.handle == NULL);
	remove(path);
}

TEST(every_kind_of_value_comes_back_as_it_went_in)
{
	static const uint8_t blob[] = {0, 1, 0xff};
	const struct bsync_value values[] = {
		bsync_value_null(),
		bsync_value_integer(INT64_MIN),
		bsync_value_real(-1.5),
		bsync_value_text(bsync_bytes_of_string("caf\xc3\xa9")),
		bsync_value_text((struct bsync_bytes){NULL, 0}),
		bsync_value_blob((struct bsync_bytes){blob, sizeof(blob)}),
		bsync_value_blob((struct bsync_bytes){NULL, 0}),
	};
	struct bsync_db db;
	sqlite3_stmt *statement = NULL;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_prepare(&db, "SELECT ?1", &statement), BSYNC_OK);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		bsync_db_bind_value(statement, 1, &values[i]);
		CHECK_EQ(bsync_db_row(statement), BSYNC_OK);
		struct bsync_value back = bsync_db_value(statement, 0);
		CHECK(bsync_value_equal(&back, &values[i]));
		bsync_db_reset(statement);
	}
	CHECK_EQ(bsync_db_row(statement), BSYNC_OK);
	CHECK(bsync_db_is_null(statement, 0));
	bsync_db_finalize(&statement);
	CHECK(statement == NULL);
	bsync_db_close(&db);
}

TEST(copy_takes_a_blob_of_the_right_size_only)
{
	struct bsync_db db;
	sqlite3_stmt *statement = NULL;
	uint8_t out[2] = {9, 9};

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_prepare(&db, "SELECT x'0102', x'010203', 'ab'", &statement), BSYNC_OK);
	CHECK_EQ(bsync_db_row(statement), BSYNC_OK);
	CHECK(!bsync_db_copy(statement, 1, out, 2));
	CHECK(!bsync_db_copy(statement, 2, out, 2));
	CHECK(bsync_db_copy(statement, 0, out, 2));
	CHECK_BYTES(out, 2, "\x01\x02", 2);
	bsync_db_finalize(&statement);
	bsync_db_close(&db);
}

TEST(key_clash_is_exists_and_missing_row_is_not_found)
{
	struct bsync_db db;
	int64_t number;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "CREATE TABLE t(a TEXT PRIMARY KEY); INSERT INTO t VALUES('x')"), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "INSERT INTO t VALUES('x')"), BSYNC_EXISTS);
	CHECK_EQ(bsync_db_query_int64(&db, "SELECT 1 FROM t WHERE a = 'y'", &number), BSYNC_NOT_FOUND);
	CHECK_EQ(bsync_db_result(SQLITE_IOERR_NOMEM), BSYNC_NO_MEMORY);
	CHECK_EQ(bsync_db_result(SQLITE_FULL), BSYNC_STORAGE_FULL);
	CHECK_EQ(bsync_db_result(SQLITE_BUSY_SNAPSHOT), BSYNC_BUSY);
	CHECK_EQ(bsync_db_result(SQLITE_CORRUPT_INDEX), BSYNC_STORAGE_CORRUPT);
	CHECK_EQ(bsync_db_result(SQLITE_ROW), BSYNC_OK);
	bsync_db_close(&db);
}

TEST(undo_of_a_savepoint_keeps_what_came_before_it)
{
	struct bsync_db db;
	int64_t count = 0;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "CREATE TABLE t(a)"), BSYNC_OK);
	CHECK_EQ(bsync_db_begin(&db), BSYNC_OK);
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(bsync_db_savepoint(&db), BSYNC_OK);
		CHECK_EQ(bsync_db_exec(&db, "INSERT INTO t VALUES(1)"), BSYNC_OK);
		CHECK_EQ(i % 2 == 0 ? bsync_db_undo(&db) : bsync_db_release(&db), BSYNC_OK);
	}
	CHECK(bsync_db_in_transaction(&db));
	CHECK_EQ(bsync_db_commit(&db), BSYNC_OK);
	CHECK(!bsync_db_in_transaction(&db));
	CHECK_EQ(bsync_db_query_int64(&db, "SELECT count(*) FROM t", &count), BSYNC_OK);
	CHECK_EQ(count, 2);
	bsync_db_close(&db);
}

TEST(rollback_keeps_the_text_of_the_failure)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_begin(&db), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "INSERT INTO nowhere VALUES(1)"), BSYNC_STORAGE);
	bsync_db_rollback(&db);
	bsync_db_rollback(&db);
	CHECK_STR(bsync_db_error(&db), "no such table: nowhere");
	bsync_db_close(&db);
}

static int busy_calls;

static int give_up_at_three(void *context, int count)
{
	busy_calls++;
	return context != NULL && count < 2;
}

TEST(second_writer_is_busy_after_its_handler_gives_up)
{
	struct bsync_db_options options = {.mode = BSYNC_DB_CREATE};
	struct bsync_db first;
	struct bsync_db second;
	char path[64];

	temporary(path);
	CHECK_EQ(bsync_db_open(&first, path, &options), BSYNC_OK);
	options.busy = give_up_at_three;
	options.busy_context = &options;
	CHECK_EQ(bsync_db_open(&second, path, &options), BSYNC_OK);
	CHECK_EQ(bsync_db_begin(&first), BSYNC_OK);
	busy_calls = 0;
	CHECK_EQ(bsync_db_begin(&second), BSYNC_BUSY);
	CHECK_EQ(busy_calls, 3);
	bsync_db_rollback(&first);
	CHECK_EQ(bsync_db_begin(&second), BSYNC_OK);
	bsync_db_rollback(&second);
	bsync_db_close(&second);
	discard(&first, path);
}

TEST(reader_keeps_its_snapshot_and_truncate_waits_for_it)
{
	struct bsync_db_options options = {.mode = BSYNC_DB_CREATE};
	struct bsync_db writer;
	struct bsync_db reader;
	char path[64];
	int64_t count = -1;

	temporary(path);
	CHECK_EQ(bsync_db_open(&writer, path, &options), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&writer, "CREATE TABLE t(a)"), BSYNC_OK);
	options.mode = BSYNC_DB_READ_ONLY;
	CHECK_EQ(bsync_db_open(&reader, path, &options), BSYNC_OK);
	CHECK_EQ(bsync_db_begin_read(&reader), BSYNC_OK);
	CHECK_EQ(bsync_db_query_int64(&reader, "SELECT count(*) FROM t", &count), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&writer, "INSERT INTO t VALUES(1)"), BSYNC_OK);
	CHECK_EQ(bsync_db_query_int64(&reader, "SELECT count(*) FROM t", &count), BSYNC_OK);
	CHECK_EQ(count, 0);
	CHECK_EQ(bsync_db_checkpoint(&writer, true), BSYNC_BUSY);
	CHECK_EQ(bsync_db_commit(&reader), BSYNC_OK);
	CHECK_EQ(bsync_db_query_int64(&reader, "SELECT count(*) FROM t", &count), BSYNC_OK);
	CHECK_EQ(count, 1);
	CHECK_EQ(bsync_db_checkpoint(&writer, true), BSYNC_OK);
	CHECK(bsync_db_exec(&reader, "INSERT INTO t VALUES(2)") != BSYNC_OK);
	bsync_db_close(&reader);
	discard(&writer, path);
}
