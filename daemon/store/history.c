/* history.c: every value that the cells of a row have had, for a device that asks. */
#include <assert.h>

#include "daemon/store/past.h"

enum { HISTORY_MEMORY_MAX = 256 << 20, HISTORY_PAYLOAD_MAX = 1000000 };

/* The columns of the faces in whose scopes the worker is. */
static enum bsync_result columns_held(struct bsync_view *view, const struct bsync_worker_id *worker,
				      const struct bsync_row *row, struct bsync_mask *columns, bool *is_held)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&view->base, MEMBER_GET);

	*is_held = false;
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		enum bsync_result result;

		bsync_db_bind_data(statement, 1, worker->bytes, BSYNC_ID_SIZE);
		bsync_db_bind_int64(statement, 2, (int64_t)entry->scope);
		result = bsync_db_row(statement);
		if (result == BSYNC_OK && bsync_db_is_null(statement, 2)) {
			*is_held = true;
			bsync_mask_join(columns, &row->sql->faces[entry->face].columns);
		}
		bsync_db_reset(statement);
		if (result != BSYNC_OK && result != BSYNC_NOT_FOUND)
			return result;
	}
	return BSYNC_OK;
}

/* The standing versions behind the replaced ones. */
static enum bsync_result standing_add(struct bsync_view *view, const struct bsync_row *row,
				      const struct bsync_mask *columns, struct bsync_history *history)
{
	for (uint32_t i = 0; i < row->cells.cell_count; i++) {
		const struct bsync_cell *cell = &row->cells.cells[i];

		if (!bsync_mask_has(columns, cell->column))
			continue;
		for (uint32_t k = 0; k < cell->count; k++) {
			struct bsync_past *past = &history->entries[history->count];
			enum bsync_result result;

			if (cell->standing[k].is_unwritten)
				continue;
			*past = (struct bsync_past){.column_no = row->sql->table->columns[cell->column].no};
			result = bsync_past_variant(view, &cell->standing[k], &past->variant);
			if (result != BSYNC_OK)
				return result;
			history->count++;
		}
	}
	return BSYNC_OK;
}

static enum bsync_result history_put(struct bsync_history *history, struct bsync_buffer *payload)
{
	size_t before = payload->size;
	enum bsync_result result = bsync_history_encode(history, payload);

	/* What does not fit in a message is left out from the oldest on. */
	while ((result == BSYNC_OK && payload->size - before > HISTORY_PAYLOAD_MAX && history->count > 1) ||
	       (result == BSYNC_TOO_LARGE && history->count > 1)) {
		uint32_t less = history->count / 2;

		payload->size = before;
		history->entries += history->count - less;
		history->count = less;
		result = bsync_history_encode(history, payload);
	}
	return result;
}

static enum bsync_result row_history(struct bsync_view *view, const struct bsync_worker_id *worker,
				     const struct bsync_history_get *request, struct bsync_table_sql *sql,
				     struct bsync_arena *arena, struct bsync_history *history)
{
	struct bsync_mask columns = {{0}};
	struct bsync_row row;
	struct bsync_past_query query = {.row = &row, .columns = &columns};
	uint32_t standing = 0;
	bool is_held = false;
	enum bsync_result result = bsync_row_by_key(&view->base, sql, request->key, true, arena, &row);

	if (result == BSYNC_OK && !row.is_live && !row.is_grave)
		result = BSYNC_NOT_FOUND;
	if (result == BSYNC_OK)
		result = columns_held(view, worker, &row, &columns, &is_held);
	if (result == BSYNC_OK && !is_held)
		result = BSYNC_NOT_FOUND;
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < row.cells.cell_count; i++)
		standing += row.cells.cells[i].count;
	result = bsync_past_read(view, &query, standing, arena, &history->entries, &history->count);
	return result == BSYNC_OK ? standing_add(view, &row, &columns, history) : result;
}

enum bsync_result bsync_view_history(struct bsync_view *view, const struct bsync_worker_id *worker,
				     const struct bsync_history_get *request, struct bsync_buffer *payload)
{
	struct bsync_table_sql *sql = NULL;
	struct bsync_arena arena;
	struct bsync_history history = {.token = request->token};
	enum bsync_result result;

	assert(view != NULL && worker != NULL && payload != NULL);
	assert(!view->is_taken);
	sql = bsync_tables_find(&view->base.tables, request->table_no);
	if (sql == NULL || sql->table->key_count != request->key_count || sql->table->face_count == 0)
		return BSYNC_NOT_FOUND;
	bsync_arena_init(&arena, HISTORY_MEMORY_MAX);
	result = bsync_db_begin_read(&view->base.db);
	if (result == BSYNC_OK)
		result = bsync_base_lines(&view->base);
	if (result == BSYNC_OK)
		result = row_history(view, worker, request, sql, &arena, &history);
	if (result == BSYNC_OK)
		result = history_put(&history, payload);
	bsync_db_rollback(&view->base.db);
	bsync_arena_clear(&arena);
	return result;
}
