#include "client-sdk/store/pull.h"

#include <assert.h>

#include "client-sdk/store/asked.h"
#include "client-sdk/store/held.h"
#include "client-sdk/store/past.h"
#include "client-sdk/store/rebase.h"

static void bind_row(sqlite3_stmt *statement, uint32_t table_no, struct bsync_bytes key)
{
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
}

static enum bsync_result left_set(struct bsync_pull *pull, uint32_t table_no, struct bsync_bytes key, uint64_t faces)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(pull->file, faces != 0 ? BSYNC_QUERY_LEFT_SET : BSYNC_QUERY_LEFT_DROP,
					       &statement);

	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, key);
	if (faces != 0)
		bsync_db_bind_int64(statement, 3, (int64_t)faces);
	pull->has_left = true;
	return bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
}

enum bsync_result bsync_pull_entered(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	uint64_t faces = 0;
	enum bsync_result result = bsync_pull_pack(pull, row);

	if (result == BSYNC_OK)
		result = bsync_held_left(pull->file, row->table->no, row->packed, &faces);
	if (result != BSYNC_OK || (faces >> row->face & 1) == 0)
		return result;
	return left_set(pull, row->table->no, row->packed, faces & ~(UINT64_C(1) << row->face));
}

/* Tells whether a face other than `face` still gives the row to this device, and marks its columns in `has_column`. */
static enum bsync_result others_give(struct bsync_pull *pull, const struct bsync_record_key *key, uint32_t face,
				     uint64_t left, bool has_column[BSYNC_COLUMNS_MAX], bool *is_given)
{
	const struct bsync_schema *schema = pull->file->schema;
	const struct bsync_table *table = &schema->tables[key->table];
	enum bsync_result result = BSYNC_OK;

	*is_given = false;
	for (uint32_t i = 0; result == BSYNC_OK && i < table->face_count; i++) {
		struct bsync_value scope;

		if (i == face)
			continue;
		result = bsync_held_scope(pull->file, key, i, left, pull->arena, &scope);
		if (result != BSYNC_OK || scope.kind == BSYNC_NULL)
			continue;
		*is_given = true;
		for (uint32_t j = 0; j < table->column_count; j++)
			has_column[j] = has_column[j] || table->faces[i].has_column[j];
	}
	return result;
}

enum bsync_result bsync_pull_is_given(struct bsync_pull *pull, const struct bsync_record_key *key, bool *is_given)
{
	bool has_column[BSYNC_COLUMNS_MAX] = {false};

	return others_give(pull, key, UINT32_MAX, 0, has_column, is_given);
}

/* What stood in the cell beside the shown value, and before it. */
static enum bsync_result cell_forget(struct bsync_file *file, uint32_t table_no, struct bsync_bytes packed,
				     uint32_t column_no)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_VARIANT_DROP_CELL, &statement);

	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, packed);
	bsync_db_bind_int64(statement, 3, column_no);
	bsync_db_bind_int64(statement, 4, INT64_MAX);
	result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_PAST_DROP_CELL, &statement);
	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, packed);
	bsync_db_bind_int64(statement, 3, column_no);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* The columns that only the face that is gone gave become NULL. */
static enum bsync_result columns_clear(struct bsync_pull *pull, const struct bsync_record_key *key,
				       struct bsync_bytes packed, uint32_t face,
				       const bool has_column[BSYNC_COLUMNS_MAX])
{
	const struct bsync_table *table = &pull->file->schema->tables[key->table];
	const struct bsync_value none = bsync_value_null();
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
		if (!table->faces[face].has_column[i] || has_column[i] || table->columns[i].is_key)
			continue;
		result = bsync_record_set(pull->file, key, i, &none);
		if (result == BSYNC_OK)
			result = cell_forget(pull->file, table->no, packed, table->columns[i].no);
	}
	return result;
}

enum bsync_result bsync_pull_forget(struct bsync_pull *pull, uint32_t table_no, struct bsync_bytes key)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_VARIANT_DROP_ROW, &statement);

	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, key);
	bsync_db_bind_int64(statement, 3, INT64_MAX);
	result = bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
	if (result == BSYNC_OK)
		result = bsync_past_drop_row(pull->file, table_no, key);
	if (result == BSYNC_OK && pull->has_left)
		result = left_set(pull, table_no, key, 0);
	return result;
}

/* A row that the store has put in another scope held here has left only the scope that says so. */
static enum bsync_result has_moved(struct bsync_pull *pull, const struct bsync_pull_row *row, bool *out)
{
	const struct bsync_schema *schema = pull->file->schema;
	struct bsync_value scope;
	enum bsync_result result = bsync_record_scope(pull->file, &row->key, row->face, pull->arena, &scope);

	*out = false;
	if (result != BSYNC_OK || bsync_value_equal(&scope, &row->scope->value))
		return result;
	return bsync_held_has(pull->file, schema->circles[row->table->faces[row->face].circle].no, &scope, out);
}

/* The row leaves this face, and the device where no other face gives it. */
static enum bsync_result face_gone(struct bsync_pull *pull, struct bsync_pull_row *row, struct bsync_rebase_row *met,
				   bool is_met)
{
	bool has_column[BSYNC_COLUMNS_MAX] = {false};
	uint64_t left = 0;
	bool is_given = false;
	enum bsync_result result = BSYNC_OK;

	if (row->table->face_count > 1) {
		result = bsync_held_left(pull->file, row->table->no, row->packed, &left);
		if (result == BSYNC_OK)
			result = others_give(pull, &row->key, row->face, left, has_column, &is_given);
	}
	if (result == BSYNC_OK && is_given) {
		result = columns_clear(pull, &row->key, row->packed, row->face, has_column);
		return result == BSYNC_OK ? left_set(pull, row->table->no, row->packed, left | UINT64_C(1) << row->face)
					  : result;
	}
	if (result != BSYNC_OK)
		return result;
	/* Own edits decide at the end of the pull what is still shown of it. */
	if (is_met)
		return bsync_rebase_is_gone(pull, met, row->row->counter);
	result = bsync_record_remove(pull->file, &row->key);
	return result == BSYNC_OK ? bsync_pull_forget(pull, row->table->no, row->packed) : result;
}

/* STORAGE 6: "A row is removed only by a `gone` row, a dropped scope, a pull that replaces the screen, or the user." */
enum bsync_result bsync_pull_gone(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	struct bsync_rebase_row met = {.table = row->table, .key = row->key};
	bool is_met = false, is_elsewhere = false;
	enum bsync_result result = bsync_pull_pack(pull, row);

	met.packed = row->packed;
	pull->has_removed = true;
	if (result == BSYNC_OK && pull->has_answers)
		result = bsync_asked_forget(pull->file);
	if (result == BSYNC_OK)
		result = bsync_rebase_meet(pull, &met, &is_met);
	if (result == BSYNC_OK && is_met && !met.entry.is_on_server)
		return bsync_rebase_is_gone(pull, &met, row->row->counter);
	if (result == BSYNC_OK)
		result = has_moved(pull, row, &is_elsewhere);
	if (result == BSYNC_OK && is_elsewhere && is_met)
		return bsync_rebase_has_left(pull, &met, row->row->counter);
	return result != BSYNC_OK || is_elsewhere ? result : face_gone(pull, row, &met, is_met);
}

/* One scope while it is dropped. */
struct dropping {
	struct bsync_pull *pull;
	uint32_t face;
};

/* The row leaves with its shadows, versions and past.  What was changed is in the outbox, sealed. */
static enum bsync_result row_remove(struct bsync_pull *pull, const struct bsync_record_key *key,
				    struct bsync_bytes packed)
{
	enum bsync_result result = bsync_record_remove(pull->file, key);

	if (result == BSYNC_OK)
		result = bsync_rebase_is_dropped(pull, key, packed);
	return result == BSYNC_OK ? bsync_pull_forget(pull, pull->file->schema->tables[key->table].no, packed) : result;
}

/* The row leaves, or its columns of the face where another face gives it. */
static enum bsync_result row_drop(void *context, const struct bsync_record_key *key)
{
	const struct dropping *dropping = context;
	struct bsync_pull *pull = dropping->pull;
	const uint32_t table_no = pull->file->schema->tables[key->table].no;
	bool has_column[BSYNC_COLUMNS_MAX] = {false};
	struct bsync_bytes packed = {NULL, 0};
	uint64_t left = 0;
	bool is_given = false;
	enum bsync_result result = bsync_key_pack(pull->arena, key->values, key->count, &packed);

	if (result == BSYNC_OK)
		result = bsync_held_left(pull->file, table_no, packed, &left);
	if (result == BSYNC_OK)
		result = others_give(pull, key, dropping->face, left, has_column, &is_given);
	if (result == BSYNC_OK && is_given)
		return columns_clear(pull, key, packed, dropping->face, has_column);
	return result == BSYNC_OK ? row_remove(pull, key, packed) : result;
}

enum bsync_result bsync_pull_leave(struct bsync_pull *pull, const struct bsync_record_key *key,
				   struct bsync_bytes packed)
{
	bool has_column[BSYNC_COLUMNS_MAX] = {false};
	uint64_t left = 0;
	bool is_given = false;
	enum bsync_result result = bsync_held_left(pull->file, pull->file->schema->tables[key->table].no, packed,
						   &left);

	if (result == BSYNC_OK)
		result = others_give(pull, key, BSYNC_FACES_MAX, left, has_column, &is_given);
	return result == BSYNC_OK && !is_given ? row_remove(pull, key, packed) : result;
}

enum bsync_result bsync_pull_is_over(struct bsync_pull *pull, const struct bsync_scope_ref *scope, bool *is_over)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	*is_over = false;
	if (!pull->has_over)
		return BSYNC_OK;
	result = bsync_query(pull->file, BSYNC_QUERY_SCOPE_OVER, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_scope_bind(statement, scope);
	result = bsync_db_row(statement);
	*is_over = result == BSYNC_OK && bsync_db_int64(statement, 0) != 0;
	bsync_db_reset(statement);
	pull->is_behind = pull->is_behind || *is_over;
	return bsync_file_fail_sqlite(pull->file, result);
}

/* What a SCOPES message says of a scope, written down. */
static enum bsync_result scope_note(struct bsync_pull *pull, enum bsync_query query,
				    const struct bsync_scope_change *change)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(pull->file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_scope_bind(statement, &change->scope);
	bsync_db_bind_int64(statement, 3, change->until_ms);
	return bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
}

enum bsync_result bsync_pull_scope_leave(struct bsync_pull *pull, const struct bsync_scope_ref *scope)
{
	const struct bsync_schema *schema = pull->file->schema;
	/* Also of rows that are elsewhere now, or nowhere. */
	enum bsync_result result = bsync_scope_query(pull->file, BSYNC_QUERY_ITEM_DROP_SCOPE, scope);

	if (result == BSYNC_OK && pull->has_answers)
		result = bsync_asked_forget(pull->file);
	/* Which rows are in the scope is the server's to say, not that of own edits. */
	if (result == BSYNC_OK)
		result = bsync_rebase_meet_all(pull);
	pull->has_dropped = true;
	pull->has_removed = true;
	for (uint32_t i = 0; i < schema->table_count; i++) {
		const struct bsync_table *table = &schema->tables[i];

		for (uint32_t face = 0; result == BSYNC_OK && face < table->face_count; face++) {
			struct dropping dropping = {.pull = pull, .face = face};

			if (schema->circles[table->faces[face].circle].no != scope->circle_no)
				continue;
			bsync_arena_reset(pull->arena);
			result = bsync_record_in_scope(pull->file, i, face, &scope->value, pull->arena, row_drop,
						       &dropping);
		}
	}
	pull->is_shown = true;
	return result;
}

enum bsync_result bsync_pulled_scopes(struct bsync_pull *pull, const struct bsync_scopes *scopes)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < scopes->count; i++) {
		const struct bsync_scope_change *change = &scopes->changes[i];
		bool is_over = false;

		switch (change->act) {
		case BSYNC_SCOPE_ADD:
			/* Own rows that were hidden with it show again. */
			result = bsync_rebase_meet_all(pull);
			if (result == BSYNC_OK)
				result = scope_note(pull, BSYNC_QUERY_SCOPE_ADD, change);
			break;
		case BSYNC_SCOPE_DROP:
			result = bsync_scope_query(pull->file, BSYNC_QUERY_SCOPE_DROP, &change->scope);
			if (result == BSYNC_OK)
				result = bsync_pull_scope_leave(pull, &change->scope);
			break;
		case BSYNC_SCOPE_MOVE_END:
			result = bsync_pull_is_over(pull, &change->scope, &is_over);
			if (result == BSYNC_OK && !is_over)
				result = scope_note(pull, BSYNC_QUERY_SCOPE_MOVE_END, change);
			break;
		}
	}
	return result;
}
