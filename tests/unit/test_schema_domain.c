/* Making a schema's tables in a store's database. */
#include "tests/support/harness.h"

#include <unistd.h>

#include "core/schema/domain.h"
#include "core/schema/folder.h"

static const struct bsync_db_options memory = {.mode = BSYNC_DB_MEMORY};

static int64_t number(struct bsync_db *db, const char *sql)
{
	int64_t value = -1;

	return bsync_db_query_int64(db, sql, &value) == BSYNC_OK ? value : -2;
}

TEST(every_synced_table_of_the_server_has_the_meta_column)
{
	struct bsync_schema_folder folder;
	struct bsync_db db;

	CHECK_EQ(bsync_schema_folder_read(BSYNC_SOURCE_DIR "/schema/utrecht", &folder), BSYNC_OK);
	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_schema_install(&db, &folder.source, 0, true), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sync_table"), 29);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sync_table s, pragma_table_info(s.name) c WHERE c.name = '_bsync'"
			     " AND c.type = 'BLOB'"),
		 29);
	CHECK_EQ(bsync_schema_install(&db, &folder.source, 9, true), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sync_table"), 29);
	bsync_db_close(&db);
	bsync_schema_folder_clear(&folder);
}

TEST(only_files_above_the_version_run)
{
	struct bsync_schema_folder folder;
	struct bsync_schema_source source;
	struct bsync_db db;

	CHECK_EQ(bsync_schema_folder_read(BSYNC_SOURCE_DIR "/schema/utrecht", &folder), BSYNC_OK);
	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	source = folder.source;
	source.file_count = 1;
	CHECK_EQ(bsync_schema_install(&db, &source, 0, false), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sync_table"), 7);
	source.file_count = 3;
	CHECK_EQ(bsync_schema_install(&db, &source, 1, false), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sync_table"), 17);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sync_table s, pragma_table_info(s.name) c WHERE c.name = '_bsync'"),
		 0);
	bsync_db_close(&db);
	bsync_schema_folder_clear(&folder);
}

TEST(file_that_does_what_a_schema_may_not_leaves_nothing)
{
	struct bsync_schema_file files[] = {
		{"0001_a.sql", bsync_bytes_of_string("CREATE TABLE a(id BLOB PRIMARY KEY) STRICT")},
		{"0002_b.sql",
		 bsync_bytes_of_string("CREATE TABLE b(id BLOB PRIMARY KEY) STRICT; PRAGMA user_version = 3")},
	};
	struct bsync_schema_source source = {files, 2, {NULL, 0}};
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "CREATE TABLE mine(x)"), BSYNC_OK);
	CHECK_EQ(bsync_schema_install(&db, &source, 0, true), BSYNC_SCHEMA);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sqlite_schema"), 1);
	CHECK(!bsync_db_in_transaction(&db));
	/* The authorizer of the run does not stay behind. */
	CHECK_EQ(bsync_db_exec(&db, "PRAGMA user_version = 4"), BSYNC_OK);
	bsync_db_close(&db);
}

TEST(install_is_part_of_the_callers_transaction)
{
	struct bsync_schema_folder folder;
	struct bsync_db db;

	CHECK_EQ(bsync_schema_folder_read(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &folder), BSYNC_OK);
	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_begin(&db), BSYNC_OK);
	CHECK_EQ(bsync_schema_install(&db, &folder.source, 0, true), BSYNC_OK);
	CHECK(bsync_db_in_transaction(&db));
	bsync_db_rollback(&db);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sqlite_schema"), 0);
	bsync_db_close(&db);
	bsync_schema_folder_clear(&folder);
}

TEST(column_added_later_stands_behind_the_meta_column)
{
	struct bsync_schema_file files[] = {
		{"0001_a.sql", bsync_bytes_of_string("CREATE TABLE a(id BLOB PRIMARY KEY) STRICT;"
						     "INSERT INTO sync_table(name) VALUES('a')")},
		{"0002_b.sql", bsync_bytes_of_string("ALTER TABLE a ADD COLUMN b TEXT")},
	};
	struct bsync_schema_source source = {files, 1, {NULL, 0}};
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_schema_install(&db, &source, 0, true), BSYNC_OK);
	CHECK_EQ(bsync_db_exec(&db, "INSERT INTO a VALUES(x'01', x'02')"), BSYNC_OK);
	source.file_count = 2;
	CHECK_EQ(bsync_schema_install(&db, &source, 1, true), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT cid FROM pragma_table_info('a') WHERE name = 'b'"), 2);
	CHECK_EQ(number(&db, "SELECT count(*) FROM a WHERE b IS NULL AND _bsync = x'02'"), 1);
	bsync_db_close(&db);
}

TEST(locked_database_is_busy_not_a_bad_schema)
{
	struct bsync_db_options options = {.mode = BSYNC_DB_CREATE};
	struct bsync_schema_folder folder;
	struct bsync_db first;
	struct bsync_db second;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/bsync-test-domain-%ld", (long)getpid());
	remove(path);
	CHECK_EQ(bsync_schema_folder_read(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &folder), BSYNC_OK);
	CHECK_EQ(bsync_db_open(&first, path, &options), BSYNC_OK);
	CHECK_EQ(bsync_db_open(&second, path, &options), BSYNC_OK);
	folder.source.file_count = 0;
	CHECK_EQ(bsync_schema_install(&first, &folder.source, 0, false), BSYNC_OK);
	folder.source.file_count = 1;
	CHECK_EQ(bsync_db_begin(&first), BSYNC_OK);
	CHECK_EQ(bsync_schema_install(&second, &folder.source, 0, false), BSYNC_BUSY);
	bsync_db_rollback(&first);
	CHECK_EQ(bsync_schema_install(&second, &folder.source, 0, false), BSYNC_OK);
	bsync_db_close(&second);
	bsync_db_close(&first);
	remove(path);
	bsync_schema_folder_clear(&folder);
}
