#include "client-sdk/store/origin.h"

#include <assert.h>

static enum bsync_result query(const struct bsync_origin_ask *ask, enum bsync_query name, sqlite3_stmt **statement)
{
	enum bsync_result result = bsync_query(ask->file, name, statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(*statement, 1, ask->table_no);
	bsync_db_bind_blob(*statement, 2, ask->key);
	bsync_db_bind_int64(*statement, 3, ask->column_no);
	return BSYNC_OK;
}

static enum bsync_result copy(const struct bsync_origin_ask *ask, struct bsync_value value, struct bsync_value *out)
{
	return bsync_value_copy(ask->arena, &value, out) ? BSYNC_OK : BSYNC_NO_MEMORY;
}

enum bsync_result bsync_origin_conflict(const struct bsync_origin_ask *ask, struct bsync_text_base *base, bool *found)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = query(ask, BSYNC_QUERY_VARIANT_BASE, &statement);

	if (result != BSYNC_OK)
		return result;
	result = bsync_db_step(statement, found);
	if (result == BSYNC_OK && *found) {
		base->counter = (uint64_t)bsync_db_int64(statement, 0);
		result = copy(ask, bsync_db_value(statement, 1), &base->value);
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(ask->file, result);
}

enum bsync_result bsync_origin_now(const struct bsync_origin_ask *ask, struct bsync_value *origin)
{
	const struct bsync_pending_cell *cell = bsync_pending_find(ask->entry, ask->column_no);
	struct bsync_text_base base;
	bool found = false;
	enum bsync_result result = BSYNC_OK;

	assert(origin != NULL);
	*origin = bsync_value_null();
	if (cell != NULL && bsync_pending_is_edited(&cell->edit)) {
		*origin = cell->origin;
		return BSYNC_OK;
	}
	if (bsync_pending_is_edited(&ask->entry->row)) {
		/* Behind an own delete: what that took away. */
		if (cell != NULL)
			*origin = cell->origin;
		return BSYNC_OK;
	}
	result = bsync_origin_conflict(ask, &base, &found);
	if (result == BSYNC_OK)
		*origin = found ? base.value : *ask->shown;
	return result;
}

enum bsync_result bsync_origin_at(const struct bsync_origin_ask *ask, uint64_t counter, struct bsync_value *origin)
{
	sqlite3_stmt *statement = NULL;
	bool found = false, has_other = false;
	int64_t replaced = 0;
	enum bsync_result result = query(ask, BSYNC_QUERY_PAST_SHOWN, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 4, (int64_t)counter);
	result = bsync_db_step(statement, &found);
	if (result == BSYNC_OK && found) {
		replaced = bsync_db_int64(statement, 1);
		result = copy(ask, bsync_db_value(statement, 0), origin);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_other);
		/* Several versions stood then, and their merge is not kept. */
		if (result == BSYNC_OK && has_other && bsync_db_int64(statement, 1) == replaced)
			*origin = bsync_value_null();
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK || found)
		return bsync_file_fail_sqlite(ask->file, result);
	return bsync_origin_now(ask, origin);
}
