/* history.c: every value that the cells of a row have had, and who has the row, for a device that asks. */
#include <assert.h>

#include "daemon/store/past.h"

enum { HISTORY_MEMORY_MAX = 256 << 20, HISTORY_PAYLOAD_MAX = 1000000 };

/* Who asks, and for what. */
struct asker {
	const struct bsync_device_id *device;
	const struct bsync_worker_id *worker;
	int64_t now_ms;
	const struct bsync_history_get *request;
};

/* PROTOCOL 6.15: "a device of that worker, not the asking one, has confirmed all that this face gives of the row up to counter,
 * which is at most the row's last change" */
static enum bsync_result holders_add(struct bsync_view *view, const struct asker *asker, const struct bsync_row *row,
				     const struct bsync_entry *entry, struct bsync_history *history)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&view->base, HOLDERS);
	const uint64_t changed = row->cells.changed;
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, (int64_t)entry->scope);
	bsync_db_bind_data(statement, 2, asker->device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 3, (int64_t)entry->counter);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row && history->holder_count < BSYNC_HOLDERS_MAX) {
		struct bsync_holder *holder = &history->holders[history->holder_count++];
		const uint64_t counter = (uint64_t)bsync_db_int64(statement, 1);

		holder->face_no = row->sql->table->faces[entry->face].no;
		holder->counter = counter < changed ? counter : changed;
		if (!bsync_db_copy(statement, 0, holder->worker.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* The columns of the faces in whose scopes the worker is, and who else is there. */
static enum bsync_result columns_held(struct bsync_view *view, const struct asker *asker, const struct bsync_row *row,
				      struct bsync_mask *columns, struct bsync_history *history, bool *is_held)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&view->base, MEMBER_GET);

	*is_held = false;
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		bool is_member = false;
		enum bsync_result result;

		bsync_db_bind_data(statement, 1, asker->worker->bytes, BSYNC_ID_SIZE);
		bsync_db_bind_int64(statement, 2, (int64_t)entry->scope);
		result = bsync_db_row(statement);
		/* The last day may be over before the store has said so. */
		is_member = result == BSYNC_OK && bsync_db_is_null(statement, 2) &&
			    (bsync_db_is_null(statement, 1) || bsync_db_int64(statement, 1) > asker->now_ms);
		bsync_db_reset(statement);
		if (result != BSYNC_OK && result != BSYNC_NOT_FOUND)
			return result;
		if (!is_member)
			continue;
		*is_held = true;
		bsync_mask_join(columns, &row->sql->faces[entry->face].columns);
		result = holders_add(view, asker, row, entry, history);
		if (result != BSYNC_OK)
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

static enum bsync_result row_history(struct bsync_view *view, const struct asker *asker, struct bsync_table_sql *sql,
				     struct bsync_arena *arena, struct bsync_history *history)
{
	struct bsync_mask columns = {{0}};
	struct bsync_row row;
	struct bsync_past_query query = {.row = &row, .columns = &columns};
	uint32_t standing = 0;
	bool is_held = false;
	enum bsync_result result = bsync_row_by_key(&view->base, sql, asker->request->key, true, arena, &row);

	if (result == BSYNC_OK && !row.is_live && !row.is_grave)
		result = BSYNC_NOT_FOUND;
	if (result == BSYNC_OK)
		result = bsync_arena_array(arena, BSYNC_HOLDERS_MAX, sizeof(*history->holders), &history->holders);
	if (result == BSYNC_OK)
		result = columns_held(view, asker, &row, &columns, history, &is_held);
	if (result == BSYNC_OK && !is_held)
		result = BSYNC_NOT_FOUND;
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < row.cells.cell_count; i++)
		standing += row.cells.cells[i].count;
	result = bsync_past_read(view, &query, standing, arena, &history->entries, &history->count);
	return result == BSYNC_OK ? standing_add(view, &row, &columns, history) : result;
}

enum bsync_result bsync_view_history(struct bsync_view *view, const struct bsync_device_id *device,
				     const struct bsync_worker_id *worker, int64_t now_ms,
				     const struct bsync_history_get *request, struct bsync_buffer *payload)
{
	const struct asker asker = {device, worker, now_ms, request};
	struct bsync_table_sql *sql = NULL;
	struct bsync_arena arena;
	struct bsync_history history = {.token = request->token};
	enum bsync_result result;

	assert(view != NULL && device != NULL && worker != NULL && payload != NULL);
	assert(!view->is_taken);
	bsync_arena_init(&arena, HISTORY_MEMORY_MAX);
	result = bsync_base_begin_read(&view->base);
	if (result == BSYNC_OK)
		sql = bsync_tables_find(&view->base.tables, request->table_no);
	if (result == BSYNC_OK &&
	    (sql == NULL || sql->table->key_count != request->key_count || sql->table->face_count == 0))
		result = BSYNC_NOT_FOUND;
	if (result == BSYNC_OK)
		result = bsync_base_lines(&view->base);
	if (result == BSYNC_OK)
		result = row_history(view, &asker, sql, &arena, &history);
	if (result == BSYNC_OK)
		result = history_put(&history, payload);
	bsync_db_rollback(&view->base.db);
	bsync_arena_clear(&arena);
	return result;
}
