#include "core/schema/domain.h"

#include <assert.h>
#include <stdio.h>

#include "core/schema/run.h"

enum { SQL_SIZE = 512 };

/* Adds the column of versions to one table; the name is plain, as the compiler has checked. */
static enum bsync_result meta_column_add(struct bsync_db *db, const char *table)
{
	assert(db != NULL);
	assert(table != NULL);
	char sql[SQL_SIZE];
	int size = snprintf(sql, sizeof(sql), "ALTER TABLE \"%s\" ADD COLUMN " BSYNC_META_COLUMN " BLOB", table);

	return size < 0 || (size_t)size >= sizeof(sql) ? BSYNC_SCHEMA : bsync_db_exec(db, sql);
}

/* The first synced table without the column; a change of a table ends the query, so it is asked again. */
static enum bsync_result meta_columns_add(struct bsync_db *db)
{
	assert(db != NULL);
	static const char sql[] =
		"SELECT name FROM sync_table s WHERE NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(s.name)"
		" WHERE name = '" BSYNC_META_COLUMN "')";
	sqlite3_stmt *row = NULL;
	char table[SQL_SIZE];
	enum bsync_result result = bsync_db_prepare(db, sql, &row);

	for (int i = 0; result == BSYNC_OK && i <= BSYNC_TABLES_MAX; i++) {
		result = bsync_db_row(row);
		if (result == BSYNC_NOT_FOUND) {
			bsync_db_finalize(&row);
			return BSYNC_OK;
		}
		if (result != BSYNC_OK)
			break;
		snprintf(table, sizeof(table), "%s", bsync_db_string(row, 0));
		bsync_db_reset(row);
		result = meta_column_add(db, table);
	}
	bsync_db_finalize(&row);
	return result == BSYNC_OK ? BSYNC_SCHEMA : result;
}

enum bsync_result bsync_schema_install(struct bsync_db *db, const struct bsync_schema_source *source,
				       uint32_t from_version, bool with_meta_column)
{
	assert(db != NULL);
	assert(source != NULL);
	struct bsync_schema_stop stop = {0};
	enum bsync_result result = bsync_db_savepoint(db);

	if (result != BSYNC_OK)
		return result;
	result = bsync_registry_install(db);
	if (result == BSYNC_OK)
		result = bsync_schema_run(db, source, from_version, NULL, NULL, &stop);
	if (result == BSYNC_OK && with_meta_column)
		result = meta_columns_add(db);
	if (result == BSYNC_OK)
		return bsync_db_release(db);
	enum bsync_result undone = bsync_db_undo(db);
	(void)undone;
	return result;
}
