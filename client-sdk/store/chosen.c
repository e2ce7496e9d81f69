/* chosen.c: own words against which somebody chose, until the user has been told. */
#include <assert.h>

#include "client-sdk/store/names.h"
#include "client-sdk/store/past.h"
#include "client-sdk/store/record.h"

enum { CHOSEN_MAX = 64 << 20 };

/* Reads the row that PAST_UNTOLD stands on; `*is_known` false where the schema here has no such column. */
static enum bsync_result chosen_read(struct bsync_file *file, sqlite3_stmt *row, struct bsync_names *names,
				     struct bsync_arena *arena, struct bsync_chosen *chosen, bool *is_known)
{
	const struct bsync_table *table = bsync_schema_table(file->schema, (uint32_t)bsync_db_int64(row, 0));
	const int column = table == NULL ? -1 : bsync_table_column(table, (uint32_t)bsync_db_int64(row, 2));
	struct bsync_record_key key = {0};
	struct bsync_value *values = NULL;
	struct bsync_value *shown = NULL;
	enum bsync_result result = BSYNC_OK;

	*is_known = column >= 0;
	if (!*is_known)
		return BSYNC_OK;
	*chosen = (struct bsync_chosen){.table = table, .column = (uint32_t)column};
	result = bsync_key_unpack(arena, bsync_arena_copy(arena, bsync_db_bytes(row, 1)), &values, &chosen->key_count);
	chosen->key = values;
	if (result == BSYNC_OK)
		result = bsync_past_row_read(row, 2, arena, &chosen->past);
	if (result == BSYNC_OK)
		result = bsync_names_of(names, &chosen->past.replaced_by, arena, &chosen->chooser_name);
	key = (struct bsync_record_key){
		.table = (uint32_t)(table - file->schema->tables), .count = chosen->key_count, .values = values};
	if (result == BSYNC_OK)
		result = bsync_record_read(file, &key, arena, &shown);
	chosen->shown = shown == NULL ? NULL : &shown[column];
	return result;
}

enum bsync_result bsync_file_chosen(struct bsync_file *file,
				    bool (*row)(void *context, const struct bsync_chosen *chosen), void *context)
{
	sqlite3_stmt *statement = NULL;
	struct bsync_names names = {0};
	struct bsync_arena arena;
	bool has_row = false;
	bool goes_on = true;
	enum bsync_result result = bsync_file_refresh(file);

	assert(row != NULL);
	bsync_arena_init(&arena, CHOSEN_MAX);
	if (result == BSYNC_OK)
		result = bsync_names_begin(file, &names);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_PAST_UNTOLD, &statement);
	while (result == BSYNC_OK && goes_on && (result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_chosen chosen;
		bool is_known = false;

		bsync_arena_reset(&arena);
		result = chosen_read(file, statement, &names, &arena, &chosen, &is_known);
		if (result == BSYNC_OK && is_known)
			goes_on = row(context, &chosen);
	}
	if (statement != NULL)
		bsync_db_reset(statement);
	bsync_names_end(&names);
	bsync_arena_clear(&arena);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result run_up_to(struct bsync_file *file, enum bsync_query query, uint64_t counter)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)counter);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_file_chosen_told(struct bsync_file *file, uint64_t counter)
{
	enum bsync_result result = bsync_file_begin(file);

	if (result != BSYNC_OK)
		return result;
	result = run_up_to(file, BSYNC_QUERY_TOLD_ADD, counter);
	if (result == BSYNC_OK)
		result = run_up_to(file, BSYNC_QUERY_PAST_TOLD, counter);
	return bsync_file_end(file, result);
}
