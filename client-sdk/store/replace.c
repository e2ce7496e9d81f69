#include "client-sdk/store/replace.h"

#include <assert.h>

static enum bsync_result text_run(struct bsync_file *file, sqlite3_str *sql)
{
	char *text = sqlite3_str_finish(sql);
	enum bsync_result result = text != NULL ? bsync_db_exec(&file->db, text) : BSYNC_NO_MEMORY;

	sqlite3_free(text);
	return result == BSYNC_OK ? BSYNC_OK : bsync_file_fail_sqlite(file, result);
}

/* Columns that this device alone writes. */
static bool is_own(const struct bsync_table *table, uint32_t column)
{
	bool is_own = !table->columns[column].is_key;

	for (uint32_t i = 0; i < table->face_count && is_own; i++)
		is_own = !table->faces[i].has_column[column];
	return is_own;
}

static bool has_own(const struct bsync_table *table)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (is_own(table, i))
			return true;
	}
	return false;
}

static enum bsync_result own_keep(struct bsync_file *file, const struct bsync_table *table)
{
	sqlite3_str *sql = sqlite3_str_new(file->db.handle);

	sqlite3_str_appendf(sql, "CREATE TEMP TABLE bsync_own_%u AS SELECT * FROM main.\"%w\"", table->no, table->name);
	return text_run(file, sql);
}

static enum bsync_result own_restore(struct bsync_file *file, const struct bsync_table *table)
{
	sqlite3_str *sql = sqlite3_str_new(file->db.handle);
	const char *between = "";

	sqlite3_str_appendf(sql, "UPDATE main.\"%w\" AS t SET ", table->name);
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!is_own(table, i))
			continue;
		sqlite3_str_appendf(sql, "%s\"%w\" = o.\"%w\"", between, table->columns[i].name,
				    table->columns[i].name);
		between = ", ";
	}
	sqlite3_str_appendf(sql, " FROM temp.bsync_own_%u AS o WHERE ", table->no);
	for (uint32_t i = 0; i < table->key_count; i++) {
		const char *name = table->columns[table->key[i]].name;

		sqlite3_str_appendf(sql, "%st.\"%w\" = o.\"%w\"", i == 0 ? "" : " AND ", name, name);
	}
	sqlite3_str_appendf(sql, "; DROP TABLE temp.bsync_own_%u", table->no);
	return text_run(file, sql);
}

static enum bsync_result table_empty(struct bsync_file *file, const struct bsync_table *table)
{
	sqlite3_str *sql = sqlite3_str_new(file->db.handle);

	sqlite3_str_appendf(sql, "DELETE FROM main.\"%w\"", table->name);
	return text_run(file, sql);
}

enum bsync_result bsync_replace_begin(struct bsync_pull *pull, uint64_t counter)
{
	struct bsync_file *file = pull->file;
	enum bsync_result result = bsync_rebase_empty(pull, counter);

	assert(!file->gate.is_open);
	for (uint32_t i = 0; i < file->schema->table_count && result == BSYNC_OK; i++) {
		const struct bsync_table *table = &file->schema->tables[i];

		if (table->face_count == 0)
			continue;
		if (has_own(table))
			result = own_keep(file, table);
		if (result == BSYNC_OK)
			result = table_empty(file, table);
	}
	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(
			file,
			bsync_db_exec(&file->db,
				      "CREATE TEMP TABLE bsync_done AS SELECT id FROM bsync_item WHERE is_done; "
				      "DELETE FROM bsync_variant; DELETE FROM bsync_item; DELETE FROM bsync_past; "
				      "DELETE FROM bsync_left; DELETE FROM bsync_scope; "
				      "UPDATE bsync_asked SET answer = NULL"));
	pull->is_shown = true;
	return result;
}

enum bsync_result bsync_replace_end(struct bsync_pull *pull)
{
	struct bsync_file *file = pull->file;
	enum bsync_result result = BSYNC_OK;

	assert(!file->gate.is_open);
	for (uint32_t i = 0; i < file->schema->table_count && result == BSYNC_OK; i++) {
		const struct bsync_table *table = &file->schema->tables[i];

		if (table->face_count != 0 && has_own(table))
			result = own_restore(file, table);
	}
	/* What this device has closed stays closed on its screen, as other edits that are on their way. */
	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(
			file, bsync_db_exec(&file->db, "UPDATE bsync_item SET is_done = 1 WHERE id IN (SELECT id FROM "
						       "temp.bsync_done); DROP TABLE temp.bsync_done"));
	return result;
}
