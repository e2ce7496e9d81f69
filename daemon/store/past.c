#include "daemon/store/past.h"

#include <assert.h>
#include <string.h>

enum { PASTS_MAX = 100000 };

enum bsync_result bsync_past_variant(struct bsync_view *view, const struct bsync_standing *standing,
				     struct bsync_variant *variant)
{
	struct bsync_base *base = &view->base;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, RECEIPT_GET);
	const struct bsync_version *version = &standing->version;
	enum bsync_result result;

	*variant = (struct bsync_variant){
		.dot = bsync_base_dot(base, version->line, version->seq),
		.author = bsync_base_author(base, version->line),
		.device_ms = version->stamp_ms,
		.stamp_ms = version->stamp_ms,
		.counter = version->counter,
		.value = standing->value,
	};
	bsync_db_bind_int64(statement, 1, version->line);
	bsync_db_bind_int64(statement, 2, (int64_t)version->seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		variant->device_ms = bsync_db_int64(statement, 5);
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

/* Copies the row HISTORY_OF stands on. */
static enum bsync_result past_copy(sqlite3_stmt *row, struct bsync_arena *arena, struct bsync_past *past,
				   struct bsync_standing *standing)
{
	struct bsync_value value = bsync_db_value(row, 5);

	past->column_no = (uint32_t)bsync_db_int64(row, 0);
	past->replaced_counter = (uint64_t)bsync_db_int64(row, 6);
	past->is_chosen_against = bsync_db_int64(row, 8) != 0;
	standing->version.line = (uint32_t)bsync_db_int64(row, 1);
	standing->version.seq = (uint64_t)bsync_db_int64(row, 2);
	standing->version.counter = (uint64_t)bsync_db_int64(row, 3);
	standing->version.stamp_ms = bsync_db_int64(row, 4);
	if (!bsync_db_copy(row, 7, past->replaced_by.bytes, BSYNC_ID_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	return bsync_value_copy(arena, &value, &standing->value) ? BSYNC_OK : BSYNC_NO_MEMORY;
}

/* Two lists that grow together, in an arena. */
struct pasts {
	struct bsync_past *list;
	struct bsync_standing *standing;
	uint32_t count, capacity;
};

static enum bsync_result pasts_grow(struct pasts *pasts, uint32_t more, struct bsync_arena *arena)
{
	uint32_t capacity = pasts->capacity == 0 ? 16 : pasts->capacity * 2;
	struct bsync_past *list = NULL;
	struct bsync_standing *standing = NULL;

	if (pasts->count < pasts->capacity)
		return BSYNC_OK;
	list = bsync_arena_take(arena, ((size_t)capacity + more) * sizeof(*list));
	standing = bsync_arena_take(arena, capacity * sizeof(*standing));
	if (list == NULL || standing == NULL)
		return BSYNC_NO_MEMORY;
	if (pasts->count != 0) {
		memcpy(list, pasts->list, pasts->count * sizeof(*list));
		memcpy(standing, pasts->standing, pasts->count * sizeof(*standing));
	}
	pasts->list = list;
	pasts->standing = standing;
	pasts->capacity = capacity;
	return BSYNC_OK;
}

static bool is_wanted(const struct bsync_past_query *query, uint32_t column_no)
{
	const struct bsync_table_sql *sql = query->row->sql;
	int column = bsync_table_sql_column(sql, column_no);

	return column >= 0 && bsync_mask_has(query->columns, (uint32_t)column) &&
	       (!query->keep_only || bsync_rule_asks(sql->table->columns[column].rule));
}

enum bsync_result bsync_past_read(struct bsync_view *view, const struct bsync_past_query *query, uint32_t more,
				  struct bsync_arena *arena, struct bsync_past **list, uint32_t *count)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&view->base, HISTORY_OF);
	struct pasts pasts = {0};
	bool has_row = false;
	enum bsync_result result = pasts_grow(&pasts, more, arena);

	bsync_db_bind_int64(statement, 1, query->row->sql->table->no);
	bsync_db_bind_blob(statement, 2, query->row->key_bytes);
	bsync_db_bind_int64(statement, 3, (int64_t)query->after);
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row && pasts.count < PASTS_MAX) {
		if (is_wanted(query, (uint32_t)bsync_db_int64(statement, 0))) {
			result = pasts_grow(&pasts, more, arena);
			if (result == BSYNC_OK)
				result = past_copy(statement, arena, &pasts.list[pasts.count],
						   &pasts.standing[pasts.count]);
			pasts.count++;
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	for (uint32_t i = 0; i < pasts.count && result == BSYNC_OK; i++)
		result = bsync_past_variant(view, &pasts.standing[i], &pasts.list[i].variant);
	*list = pasts.list;
	*count = pasts.count;
	return result;
}
