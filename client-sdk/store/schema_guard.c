#include "client-sdk/store/schema_guard.h"

#include <string.h>

enum { TEMPORARY_MAX = 1000 };

enum bsync_result bsync_schema_guard_begin(struct bsync_file *file)
{
	return bsync_file_fail_sqlite(file, bsync_db_savepoint(&file->db));
}

/* Fails when the application has put UNIQUE on a synced table. */
static enum bsync_result unique_check(struct bsync_file *file)
{
	static const char sql[] = "SELECT i.name FROM sync_table AS t, pragma_index_list(t.name) AS i"
				  " WHERE i.\"unique\" AND i.origin = 'c'";
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&file->db, sql, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	bsync_file_fail_sqlite(file, result);
	if (result == BSYNC_OK && has_row)
		result = bsync_file_fail(
			file, BSYNC_MISUSE,
			"UNIQUE on a synced table: two devices could make rows that cannot both be shown");
	bsync_db_finalize(&statement);
	return result;
}

/* Prepares `sql`, an EXPLAIN of a write, only to learn what its triggers write. */
static enum bsync_result probe(struct bsync_file *file, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int code = SQLITE_OK;

	file->authority = BSYNC_AUTHORITY_PROBE;
	code = sqlite3_prepare_v3(file->db.handle, sql, -1, 0, &statement, NULL);
	file->authority = BSYNC_AUTHORITY_OURS;
	sqlite3_finalize(statement);
	/* A trigger with an error in it stops the application's own writes, and would stop a pull as well. */
	return code == SQLITE_OK ? BSYNC_OK : bsync_file_fail_sqlite(file, BSYNC_MISUSE);
}

/* An UPDATE of every column, so that a trigger on any of them is looked at. */
static char *update_of_all(const struct bsync_table *table)
{
	sqlite3_str *text = sqlite3_str_new(NULL);

	sqlite3_str_appendf(text, "EXPLAIN UPDATE main.\"%w\" SET ", table->name);
	for (uint32_t i = 0; i < table->column_count; i++)
		sqlite3_str_appendf(text, "%s\"%w\" = \"%w\"", i == 0 ? "" : ", ", table->columns[i].name,
				    table->columns[i].name);
	return sqlite3_str_finish(text);
}

static enum bsync_result table_probe(struct bsync_file *file, const struct bsync_table *table)
{
	char *texts[3] = {
		sqlite3_mprintf("EXPLAIN INSERT INTO main.\"%w\" DEFAULT VALUES", table->name),
		sqlite3_mprintf("EXPLAIN DELETE FROM main.\"%w\"", table->name),
		update_of_all(table),
	};
	enum bsync_result result = BSYNC_OK;

	for (int i = 0; i < 3; i++) {
		if (texts[i] == NULL)
			result = BSYNC_NO_MEMORY;
		else if (result == BSYNC_OK)
			result = probe(file, texts[i]);
		sqlite3_free(texts[i]);
	}
	return result;
}

/* Names of the TEMP triggers of this connection, which the probe meets too and which are allowed. */
static enum bsync_result temporary_load(struct bsync_file *file)
{
	sqlite3_stmt *statement = NULL;
	const char **names = NULL;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(&file->scratch);
	result = bsync_arena_array(&file->scratch, TEMPORARY_MAX + 1, sizeof(*names), &names);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(&file->db, "SELECT name FROM sqlite_temp_schema WHERE type = 'trigger'",
					  &statement);
	for (size_t i = 0; result == BSYNC_OK && i < TEMPORARY_MAX; i++) {
		struct bsync_bytes name;
		char *copy = NULL;

		result = bsync_db_step(statement, &has_row);
		if (result != BSYNC_OK || !has_row)
			break;
		name = bsync_db_bytes(statement, 0);
		copy = bsync_arena_take(&file->scratch, name.size + 1);
		if (copy == NULL)
			result = BSYNC_NO_MEMORY;
		else
			memcpy(copy, name.data, name.size);
		names[i] = copy;
	}
	bsync_db_finalize(&statement);
	file->seen.temporary = names;
	return result;
}

static enum bsync_result triggers_check(struct bsync_file *file)
{
	static const char sql[] =
		"SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name NOT LIKE 'bsync\\_%'"
		" ESCAPE '\\' AND name NOT LIKE 'sync\\_%' ESCAPE '\\'";
	int64_t count = 0;
	enum bsync_result result = bsync_db_query_int64(&file->db, sql, &count);

	bsync_file_fail_sqlite(file, result);
	if (result != BSYNC_OK || count == 0)
		return result;
	file->seen.writes_synced = false;
	result = temporary_load(file);
	for (uint32_t i = 0; result == BSYNC_OK && i < file->schema->table_count; i++)
		result = table_probe(file, &file->schema->tables[i]);
	file->seen.temporary = NULL;
	if (result == BSYNC_OK && file->seen.writes_synced)
		result = bsync_file_fail(
			file, BSYNC_MISUSE,
			"a trigger that writes a synced table must be TEMP: others would run on pulled rows too");
	return result;
}

enum bsync_result bsync_schema_guard_end(struct bsync_file *file)
{
	enum bsync_result result = unique_check(file);

	if (result == BSYNC_OK)
		result = triggers_check(file);
	if (result == BSYNC_OK)
		return bsync_file_fail_sqlite(file, bsync_db_release(&file->db));
	bsync_schema_guard_abort(file);
	return result;
}

void bsync_schema_guard_abort(struct bsync_file *file)
{
	enum bsync_result undone = bsync_db_undo(&file->db);

	/* It fails only when the whole transaction is already undone. */
	(void)undone;
}
