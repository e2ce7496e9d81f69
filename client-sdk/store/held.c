#include "client-sdk/store/held.h"

#include <assert.h>

enum bsync_result bsync_held_left(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key, uint64_t *faces)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_LEFT_GET, &statement);

	assert(faces != NULL);
	*faces = 0;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row)
		*faces = (uint64_t)bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_held_has(struct bsync_file *file, uint32_t circle_no, const struct bsync_value *value,
				 bool *is_held)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(value != NULL && is_held != NULL);
	*is_held = false;
	if (value->kind == BSYNC_NULL)
		return BSYNC_OK;
	result = bsync_query(file, BSYNC_QUERY_SCOPE_HAS, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, circle_no);
	bsync_db_bind_value(statement, 2, value);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*is_held = bsync_db_int64(statement, 0) != 0;
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_held_scope(struct bsync_file *file, const struct bsync_record_key *key, uint32_t face,
				   uint64_t left, struct bsync_arena *arena, struct bsync_value *scope)
{
	const struct bsync_schema *schema = file->schema;
	const struct bsync_table *table = &schema->tables[key->table];
	bool is_held = false;
	enum bsync_result result = BSYNC_OK;

	assert(scope != NULL);
	*scope = bsync_value_null();
	if ((left >> face & 1) != 0)
		return BSYNC_OK;
	result = bsync_record_scope(file, key, face, arena, scope);
	if (result == BSYNC_OK)
		result = bsync_held_has(file, schema->circles[table->faces[face].circle].no, scope, &is_held);
	if (!is_held)
		*scope = bsync_value_null();
	return result;
}
