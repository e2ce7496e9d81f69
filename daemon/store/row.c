#include "daemon/store/row.h"

#include <assert.h>
#include <string.h>

/* Which parts of a selected row stand where. */
enum { ROWID_AT = 0, COLUMNS_AT = 1 };

static enum bsync_result key_set(struct bsync_row *row, const struct bsync_value *key, struct bsync_arena *arena)
{
	uint32_t count = row->sql->table->key_count;

	row->key = bsync_arena_take(arena, count * sizeof(*row->key));
	if (row->key == NULL)
		return BSYNC_NO_MEMORY;
	memcpy(row->key, key, count * sizeof(*row->key));
	return bsync_key_copy(row->key, count, arena, &row->key_bytes);
}

enum bsync_result bsync_row_read(struct bsync_table_sql *sql, sqlite3_stmt *statement, struct bsync_arena *arena,
				 struct bsync_row *row)
{
	const struct bsync_table *table = sql->table;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	struct bsync_bytes bytes = {0};
	enum bsync_result result;

	*row = (struct bsync_row){.sql = sql, .is_live = true};
	row->rowid = bsync_db_int64(statement, ROWID_AT);
	row->values = bsync_arena_take(arena, table->column_count * sizeof(*row->values));
	if (row->values == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < table->column_count; i++) {
		struct bsync_value value = bsync_db_value(statement, COLUMNS_AT + (int)i);

		if (!bsync_value_copy(arena, &value, &row->values[i]))
			return BSYNC_NO_MEMORY;
	}
	bytes = bsync_arena_copy(arena, bsync_row_meta(sql, statement));
	if (bytes.size == 0)
		return BSYNC_STORAGE_CORRUPT;
	for (uint32_t i = 0; i < table->key_count; i++)
		key[i] = row->values[table->key[i]];
	result = key_set(row, key, arena);
	if (result == BSYNC_OK)
		result = bsync_cells_decode(table, bytes, row->values, arena, &row->cells);
	return result;
}

static enum bsync_result grave_read(struct bsync_base *base, struct bsync_arena *arena, struct bsync_row *row)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, GRAVE_GET);
	const struct bsync_table *table = row->sql->table;
	uint32_t count = 0;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		struct bsync_bytes values = bsync_arena_copy(arena, bsync_db_bytes(statement, 0));
		struct bsync_bytes cells = bsync_arena_copy(arena, bsync_db_bytes(statement, 1));

		result = bsync_values_read(values, arena, BSYNC_COLUMNS_MAX, &row->values, &count);
		/* A column that the schema has got since is NULL in the older grave. */
		if (result == BSYNC_OK && count < table->column_count) {
			struct bsync_value *more = bsync_arena_take(arena, table->column_count * sizeof(*more));

			if (more == NULL)
				result = BSYNC_NO_MEMORY;
			else
				memcpy(more, row->values, count * sizeof(*more));
			row->values = more;
		}
		if (result == BSYNC_OK)
			result = bsync_cells_decode(table, cells, row->values, arena, &row->cells);
		row->is_grave = result == BSYNC_OK;
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

enum bsync_result bsync_row_by_key(struct bsync_base *base, struct bsync_table_sql *sql, const struct bsync_value *key,
				   bool with_grave, struct bsync_arena *arena, struct bsync_row *row)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_table_sql_by_key(sql, &statement);

	*row = (struct bsync_row){.sql = sql};
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < sql->table->key_count; i++)
		bsync_db_bind_value(statement, (int)i + 1, &key[i]);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row)
		result = bsync_row_read(sql, statement, arena, row);
	bsync_db_reset(statement);
	if (result != BSYNC_OK || has_row)
		return result;
	result = key_set(row, key, arena);
	if (result == BSYNC_OK && with_grave)
		result = grave_read(base, arena, row);
	return result;
}

enum bsync_result bsync_row_stand(struct bsync_table_sql *sql, const struct bsync_value *ref, sqlite3_stmt **statement)
{
	enum bsync_result result = BSYNC_OK;

	*statement = NULL;
	if (ref->kind != BSYNC_INTEGER || sql->table->is_without_rowid)
		return BSYNC_STORAGE_CORRUPT;
	result = bsync_table_sql_by_rowid(sql, statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(*statement, 1, ref->as.integer);
	result = bsync_db_row(*statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

struct bsync_bytes bsync_row_meta(const struct bsync_table_sql *sql, sqlite3_stmt *statement)
{
	return bsync_db_bytes(statement, COLUMNS_AT + (int)sql->table->column_count);
}

static enum bsync_result by_rowid(struct bsync_table_sql *sql, const struct bsync_value *ref, struct bsync_arena *arena,
				  struct bsync_row *row)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_row_stand(sql, ref, &statement);

	if (result == BSYNC_OK)
		result = bsync_row_read(sql, statement, arena, row);
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_row_by_ref(struct bsync_base *base, struct bsync_table_sql *sql, const struct bsync_value *ref,
				   struct bsync_arena *arena, struct bsync_row *row)
{
	struct bsync_value *key = NULL;
	uint32_t count = 0;
	enum bsync_result result;

	if (ref->kind == BSYNC_INTEGER && !sql->table->is_without_rowid)
		return by_rowid(sql, ref, arena, row);
	if (ref->kind != BSYNC_BLOB)
		return BSYNC_STORAGE_CORRUPT;
	result = bsync_values_read(ref->as.bytes, arena, BSYNC_KEY_COLUMNS_MAX, &key, &count);
	if (result == BSYNC_OK && count != sql->table->key_count)
		result = BSYNC_STORAGE_CORRUPT;
	if (result == BSYNC_OK)
		result = bsync_row_by_key(base, sql, key, false, arena, row);
	return result == BSYNC_OK && !row->is_live ? BSYNC_STORAGE_CORRUPT : result;
}

struct bsync_value bsync_row_ref(const struct bsync_row *row)
{
	assert(row->is_live);
	return row->sql->table->is_without_rowid ? bsync_value_blob(row->key_bytes) : bsync_value_integer(row->rowid);
}

enum bsync_result bsync_row_blank(struct bsync_row *row, const struct bsync_version *born, struct bsync_arena *arena)
{
	const struct bsync_table *table = row->sql->table;
	struct bsync_standing *standing = NULL;

	row->values = bsync_arena_take(arena, table->column_count * sizeof(*row->values));
	row->cells = (struct bsync_cells){.changed = born->counter, .born = *born};
	row->cells.cells = bsync_arena_take(arena, (table->column_count + 1) * sizeof(*row->cells.cells));
	standing = bsync_arena_take(arena, (table->column_count + 1) * sizeof(*standing));
	if (row->values == NULL || row->cells.cells == NULL || standing == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < table->key_count; i++)
		row->values[table->key[i]] = row->key[i];
	for (uint32_t i = 0; i < table->column_count; i++) {
		struct bsync_cell *cell = &row->cells.cells[row->cells.cell_count];

		if (table->columns[i].is_key || !table->columns[i].travels)
			continue;
		standing[i] = (struct bsync_standing){*born, bsync_value_null(), true, NULL};
		*cell = (struct bsync_cell){
			.column = i, .changed = born->counter, .count = 1, .standing = &standing[i]};
		row->cells.cell_count++;
	}
	return BSYNC_OK;
}
