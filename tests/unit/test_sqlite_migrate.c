/* Forward-only migrations. */
#include "tests/support/harness.h"

#include "core/sqlite/migrate.h"

static const struct bsync_db_options memory = {.mode = BSYNC_DB_MEMORY};

#define FILE_OF(name, sql)                 \
	{                                  \
		name, sql, sizeof(sql) - 1 \
	}

static const struct bsync_embedded_sql files[] = {
	FILE_OF("0001_a.sql", "CREATE TABLE a(x); INSERT INTO a VALUES(1)"),
	FILE_OF("0002_b.sql", "CREATE TABLE b(x)"),
	FILE_OF("0003_c.sql", "CREATE TABLE c(x); INSERT INTO nowhere VALUES(1)"),
};

static int64_t number(struct bsync_db *db, const char *sql)
{
	int64_t value = -1;

	return bsync_db_query_int64(db, sql, &value) == BSYNC_OK ? value : -2;
}

TEST(migrations_run_once_and_only_the_new_ones)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 1), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 2), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 2), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT count(*) FROM a"), 1);
	CHECK_EQ(number(&db, "SELECT count(*) FROM b"), 0);
	CHECK_EQ(number(&db, "SELECT count(*) FROM bsync_migration"), 2);
	bsync_db_close(&db);
}

TEST(database_of_a_newer_program_is_refused_untouched)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 2), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 1), BSYNC_NEWER_SCHEMA);
	CHECK_EQ(bsync_migrate(&db, "x", files + 1, 1), BSYNC_NEWER_SCHEMA);
	CHECK_EQ(number(&db, "SELECT count(*) FROM bsync_migration"), 2);
	bsync_db_close(&db);
}

TEST(failed_migration_leaves_nothing_of_itself)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 3), BSYNC_STORAGE);
	CHECK_STR(bsync_db_error(&db), "no such table: nowhere");
	CHECK_EQ(number(&db, "SELECT count(*) FROM bsync_migration"), 2);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
	CHECK(!bsync_db_in_transaction(&db));
	bsync_db_close(&db);
}

TEST(series_do_not_see_each_other)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "x", files, 1), BSYNC_OK);
	CHECK_EQ(bsync_migrate(&db, "y", files + 1, 1), BSYNC_OK);
	CHECK_EQ(number(&db, "SELECT count(*) FROM bsync_migration"), 2);
	bsync_db_close(&db);
}

TEST(migrations_within_a_transaction_are_undone_with_it)
{
	struct bsync_db db;

	CHECK_EQ(bsync_db_open(&db, NULL, &memory), BSYNC_OK);
	CHECK_EQ(bsync_db_begin(&db), BSYNC_OK);
	CHECK_EQ(bsync_migrate_within(&db, "x", files, 2), BSYNC_OK);
	bsync_db_rollback(&db);
	CHECK_EQ(number(&db, "SELECT count(*) FROM sqlite_schema"), 0);
	bsync_db_close(&db);
}
