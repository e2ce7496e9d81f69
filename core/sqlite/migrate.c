#include "core/sqlite/migrate.h"

#include <assert.h>
#include <string.h>

static const char record_table[] = "CREATE TABLE IF NOT EXISTS bsync_migration("
				   "series TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(series, name)"
				   ") STRICT, WITHOUT ROWID";

/* Counts how many of the list the database had; a name that is not in the list was made by a newer program.
 * Records are in the order of names, as the list is. */
static enum bsync_result applied_count(struct bsync_db *db, const char *series, const struct bsync_embedded_sql *files,
				       size_t count, size_t *applied)
{
	assert(db != NULL);
	assert(series != NULL);
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(
		db, "SELECT name FROM bsync_migration WHERE series = ?1 ORDER BY name", &statement);

	*applied = 0;
	if (result == BSYNC_OK) {
		bsync_db_bind_string(statement, 1, series);
		result = bsync_db_step(statement, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		if (*applied == count || strcmp(bsync_db_string(statement, 0), files[*applied].name) != 0) {
			result = BSYNC_NEWER_SCHEMA;
			break;
		}
		++*applied;
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	return result;
}

static enum bsync_result record(struct bsync_db *db, const char *series, const char *name)
{
	assert(db != NULL);
	assert(series != NULL);
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(db, "INSERT INTO bsync_migration(series, name) VALUES(?1, ?2)",
						    &statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_string(statement, 1, series);
		bsync_db_bind_string(statement, 2, name);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* Another process may have run the file since we looked: the record is written first, under the write lock. */
static enum bsync_result file_commit(struct bsync_db *db, const char *series, const struct bsync_embedded_sql *file)
{
	assert(db != NULL);
	assert(series != NULL);
	enum bsync_result result = bsync_db_begin(db);

	if (result != BSYNC_OK)
		return result;
	result = record(db, series, file->name);
	if (result == BSYNC_EXISTS) {
		bsync_db_rollback(db);
		return BSYNC_OK;
	}
	if (result == BSYNC_OK)
		result = bsync_db_exec(db, file->sql);
	if (result == BSYNC_OK)
		result = bsync_db_commit(db);
	if (result != BSYNC_OK)
		bsync_db_rollback(db);
	return result;
}

static enum bsync_result look(struct bsync_db *db, const char *series, const struct bsync_embedded_sql *files,
			      size_t count, size_t *applied)
{
	assert(db != NULL);
	assert(series != NULL);
	assert(files != NULL || count == 0);
	enum bsync_result result = bsync_db_exec(db, record_table);

	for (size_t i = 1; i < count; i++)
		assert(strcmp(files[i - 1].name, files[i].name) < 0);
	return result == BSYNC_OK ? applied_count(db, series, files, count, applied) : result;
}

enum bsync_result bsync_migrate(struct bsync_db *db, const char *series, const struct bsync_embedded_sql *files,
				size_t count)
{
	assert(db != NULL);
	assert(series != NULL);
	size_t applied = 0;
	enum bsync_result result = look(db, series, files, count, &applied);

	for (size_t i = applied; result == BSYNC_OK && i < count; i++)
		result = file_commit(db, series, &files[i]);
	return result;
}

enum bsync_result bsync_migrate_within(struct bsync_db *db, const char *series, const struct bsync_embedded_sql *files,
				       size_t count)
{
	assert(bsync_db_in_transaction(db));
	size_t applied = 0;
	enum bsync_result result = look(db, series, files, count, &applied);

	for (size_t i = applied; result == BSYNC_OK && i < count; i++) {
		result = record(db, series, files[i].name);
		if (result == BSYNC_OK)
			result = bsync_db_exec(db, files[i].sql);
	}
	return result;
}
