/* change_row.c: one row into its table, new or changed. */
#include <assert.h>
#include <string.h>

#include "daemon/store/freeze.h"
#include "daemon/store/item.h"
#include "daemon/store/reference.h"

/* A refusal by the table itself (a NOT NULL, a CHECK) is the changeset's fault, not the database's. */
static enum bsync_result table_result(struct bsync_act *act, const struct bsync_table *table, int code)
{
	if ((code & 0xff) == SQLITE_CONSTRAINT)
		return bsync_act_refuse(act, "table %s does not take the row: %s", table->name,
					sqlite3_errmsg(act->store->base.db.handle));
	return bsync_db_result(code);
}

static void value_bind(sqlite3_stmt *statement, int index, const struct bsync_value *value)
{
	if (value->kind == BSYNC_NULL)
		bsync_db_bind_null(statement, index);
	else
		bsync_db_bind_value(statement, index, value);
}

/* Runs the full-column insert; BSYNC_CHANGED when the key is taken. */
static enum bsync_result insert_run(struct bsync_act *act, struct bsync_table_sql *sql,
				    const struct bsync_value *values, struct bsync_bytes meta, int64_t *rowid)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *handle = act->store->base.db.handle;
	int count = (int)sql->table->column_count;
	int code = SQLITE_OK;
	enum bsync_result result = bsync_table_sql_insert(sql, &statement);

	if (result != BSYNC_OK)
		return result;
	for (int i = 0; i < count; i++)
		value_bind(statement, i + 1, &values[i]);
	bsync_db_bind_blob(statement, count + 1, meta);
	code = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (code != SQLITE_DONE)
		return table_result(act, sql->table, code);
	if (sqlite3_changes(handle) == 0)
		return BSYNC_CHANGED;
	*rowid = sqlite3_last_insert_rowid(handle);
	return BSYNC_OK;
}

enum bsync_result bsync_change_row_insert(struct bsync_act *act, struct bsync_row *row)
{
	struct bsync_buffer *meta = &act->store->meta;
	enum bsync_result result;

	meta->size = 0;
	result = bsync_cells_encode(row->sql->table, &row->cells, meta);
	if (result == BSYNC_TOO_LARGE)
		return bsync_act_refuse(act, "a row of table %s has too many versions", row->sql->table->name);
	if (result == BSYNC_OK)
		result = insert_run(act, row->sql, row->values, bsync_buffer_bytes(meta), &row->rowid);
	row->is_live = result == BSYNC_OK;
	return result == BSYNC_OK ? bsync_reference_note_row(act, row) : result;
}

enum bsync_result bsync_change_row_update(struct bsync_act *act, struct bsync_row *row,
					  const struct bsync_mask *changed)
{
	struct bsync_buffer *meta = &act->store->meta;
	const struct bsync_table *table = row->sql->table;
	sqlite3_stmt *statement = NULL;
	int at = 1;
	int code = SQLITE_OK;
	enum bsync_result result;

	meta->size = 0;
	result = bsync_cells_encode(table, &row->cells, meta);
	if (result == BSYNC_TOO_LARGE)
		return bsync_act_refuse(act, "a row of table %s has too many versions", table->name);
	if (result == BSYNC_OK)
		result = bsync_table_sql_update(row->sql, changed, &statement);
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (bsync_mask_has(changed, i))
			value_bind(statement, at++, &row->values[i]);
	}
	bsync_db_bind_blob(statement, at++, bsync_buffer_bytes(meta));
	for (uint32_t i = 0; i < table->key_count; i++)
		bsync_db_bind_value(statement, at++, &row->key[i]);
	code = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (code != SQLITE_DONE)
		return table_result(act, table, code);
	if (sqlite3_changes(act->store->base.db.handle) != 1)
		return BSYNC_STORAGE_CORRUPT;
	return bsync_reference_note_change(act, row);
}

/* A row nobody has: no versions to merge with, so its metadata are written without being built.  The hot path. */
static enum bsync_result insert_plain(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_buffer *meta = &act->store->meta;
	const struct bsync_table *table = plan->sql->table;
	struct bsync_entry entries[BSYNC_FACES_MAX];
	struct bsync_row row = {.sql = plan->sql, .is_live = true, .values = plan->values};

	row.cells.changed = act->version.counter;
	enum bsync_result result = bsync_feed_entries(act, plan->sql, plan->scopes, entries, &row.cells.entry_count);

	meta->size = 0;
	row.cells.entries = entries;
	if (result == BSYNC_OK)
		result = bsync_cells_encode_new(&act->version, row.cells.entry_count, entries, meta);
	if (result == BSYNC_OK)
		result = insert_run(act, plan->sql, plan->values, bsync_buffer_bytes(meta), &row.rowid);
	if (result == BSYNC_OK && table->is_without_rowid) {
		struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];

		for (uint32_t i = 0; i < table->key_count; i++)
			key[i] = plan->values[table->key[i]];
		result = bsync_key_copy(key, table->key_count, &act->store->work, &row.key_bytes);
	}
	if (result == BSYNC_OK)
		result = bsync_feed_place(act, &row);
	if (result == BSYNC_OK)
		result = bsync_reference_note_new(act, plan);
	return result == BSYNC_OK ? bsync_act_effect(act, plan->sql, NULL, plan->values) : result;
}

enum bsync_result bsync_change_take_back(struct bsync_act *act, const struct bsync_plan *plan)
{
	struct bsync_arena *arena = &act->store->work;
	const struct bsync_table *table = plan->sql->table;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	sqlite3_stmt *statement = NULL;
	struct bsync_row row;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < table->key_count; i++)
		key[i] = plan->values[table->key[i]];
	result = bsync_row_by_key(&act->store->base, plan->sql, key, false, arena, &row);
	assert(result != BSYNC_OK || row.is_live);
	if (result == BSYNC_OK)
		result = bsync_feed_lift(act, &row);
	if (result == BSYNC_OK)
		result = bsync_table_sql_remove(plan->sql, &statement);
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < table->key_count; i++)
		bsync_db_bind_value(statement, (int)i + 1, &key[i]);
	return bsync_db_run(statement);
}

enum bsync_result bsync_change_row_blank(struct bsync_act *act, const struct bsync_plan *plan, struct bsync_row *row)
{
	struct bsync_arena *arena = &act->store->work;
	const struct bsync_table *table = plan->sql->table;
	enum bsync_result result = BSYNC_OK;

	*row = (struct bsync_row){.sql = plan->sql};
	row->key = bsync_arena_take(arena, BSYNC_KEY_COLUMNS_MAX * sizeof(*row->key));
	if (row->key == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < table->key_count; i++)
		row->key[i] = plan->values[table->key[i]];
	result = bsync_key_copy(row->key, table->key_count, arena, &row->key_bytes);
	if (result == BSYNC_OK)
		result = bsync_row_blank(row, &act->version, arena);
	row->cells.has_history = plan->is_new_life;
	return result;
}

bool bsync_change_takes_nothing(const struct bsync_plan *plan)
{
	const struct bsync_change *change = plan->change;

	for (uint32_t i = 0; i < change->cell_count; i++) {
		int column = bsync_table_sql_column(plan->sql, change->cells[i].column_no);

		if (bsync_cell_write_puts(&change->cells[i]) && !bsync_mask_has(&plan->refused, (uint32_t)column))
			return false;
	}
	return change->kind == BSYNC_CHANGE_UPDATE && change->cell_count != 0;
}

/* A new row whose cells need the rules. */
static enum bsync_result insert_merged(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_merged merged = {0};
	struct bsync_row row;
	enum bsync_result result = bsync_change_row_blank(act, plan, &row);

	if (result == BSYNC_OK)
		result = bsync_change_merge(act, plan, &row, &merged);
	if (result != BSYNC_OK || bsync_change_takes_nothing(plan))
		return result;
	return bsync_change_begin(act, &row);
}

enum bsync_result bsync_change_begin(struct bsync_act *act, struct bsync_row *row)
{
	static const struct bsync_mask none;
	struct bsync_scope *scopes[BSYNC_FACES_MAX];
	enum bsync_result result = bsync_judge_scopes(act, row->sql, row->values, scopes);

	row->cells.entries = bsync_arena_take(&act->store->work, BSYNC_FACES_MAX * sizeof(*row->cells.entries));
	if (row->cells.entries == NULL)
		return BSYNC_NO_MEMORY;
	if (result == BSYNC_OK)
		result = bsync_feed_entries(act, row->sql, scopes, row->cells.entries, &row->cells.entry_count);
	if (result == BSYNC_OK)
		result = bsync_change_row_insert(act, row);
	if (result == BSYNC_OK)
		result = bsync_feed_place(act, row);
	if (result == BSYNC_OK)
		result = bsync_past_conflicts(act, row, &none);
	return result == BSYNC_OK ? bsync_act_effect(act, row->sql, NULL, row->values) : result;
}

static enum bsync_result values_copy(struct bsync_act *act, const struct bsync_row *row, struct bsync_value **copy)
{
	size_t size = row->sql->table->column_count * sizeof(**copy);

	if (row->sql->dep_count == 0)
		return BSYNC_OK;
	*copy = bsync_arena_take(&act->store->work, size);
	if (*copy == NULL)
		return BSYNC_NO_MEMORY;
	memcpy(*copy, row->values, size);
	return BSYNC_OK;
}

static bool is_moved(const struct bsync_row *row, struct bsync_scope *const scopes[BSYNC_FACES_MAX])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < row->sql->table->face_count; i++)
		count += scopes[i] != NULL;
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];

		if (scopes[entry->face] == NULL || scopes[entry->face]->no != entry->scope)
			return true;
	}
	return count != row->cells.entry_count;
}

enum bsync_result bsync_change_place(struct bsync_act *act, struct bsync_row *row, const struct bsync_merged *merged)
{
	struct bsync_scope *scopes[BSYNC_FACES_MAX];
	bool has_moved = false;
	enum bsync_result result = bsync_judge_scopes(act, row->sql, row->values, scopes);

	if (result == BSYNC_OK) {
		has_moved = is_moved(row, scopes);
		result = bsync_feed_move(act, row, scopes);
	}
	if (result == BSYNC_OK)
		result = bsync_change_row_update(act, row, &merged->changed);
	/* Who had seen what the row names hangs on where it stands. */
	if (result == BSYNC_OK && has_moved)
		result = bsync_reference_note_row(act, row);
	return result == BSYNC_OK ? bsync_past_conflicts(act, row, &merged->was_conflict) : result;
}

/* A row that stands, live or in its grave. */
static enum bsync_result row_change(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_row *row = plan->row;
	struct bsync_merged merged = {0};
	struct bsync_value *before = NULL;
	bool was_grave = row->is_grave;
	enum bsync_result result = values_copy(act, row, &before);

	if (result == BSYNC_OK)
		result = bsync_change_merge(act, plan, row, &merged);
	if (result != BSYNC_OK || (!was_grave && !merged.has_changed))
		return result;
	if (was_grave && bsync_change_takes_nothing(plan))
		return bsync_change_in_grave(act, row);
	result = was_grave ? bsync_change_revive(act, plan) : bsync_feed_lift(act, row);
	if (result == BSYNC_OK)
		result = bsync_change_place(act, row, &merged);
	return result == BSYNC_OK ? bsync_act_effect(act, row->sql, was_grave ? NULL : before, row->values) : result;
}

/* An edit that may be done. */
static enum bsync_result edit_apply(struct bsync_act *act, struct bsync_plan *plan)
{
	bool is_taken = false;
	enum bsync_result result = BSYNC_OK;

	if (plan->row != NULL && plan->sql->table->deletes_win)
		result = bsync_change_taken(act, plan, &is_taken);
	if (result != BSYNC_OK || is_taken)
		return result;
	if (plan->row != NULL && plan->is_new_life)
		result = bsync_change_bury(act, plan);
	if (result != BSYNC_OK)
		return result;
	if (plan->row != NULL && (plan->row->is_live || plan->row->is_grave))
		return row_change(act, plan);
	return plan->is_plain ? insert_plain(act, plan) : insert_merged(act, plan);
}

enum bsync_result bsync_change_apply(struct bsync_act *act, struct bsync_plan *plan)
{
	bool is_delete = plan->change->kind == BSYNC_CHANGE_DELETE;
	enum bsync_result result = BSYNC_OK;

	if (plan->judgement != BSYNC_ALLOWED)
		return bsync_item_row(act, plan);
	if (is_delete)
		return plan->signing != NULL ? BSYNC_OK : bsync_change_delete(act, plan);
	result = edit_apply(act, plan);
	if (result == BSYNC_OK && plan->tells != NULL)
		result = bsync_freeze_tell(act, plan->tells, &act->version);
	if (result == BSYNC_OK && !bsync_mask_is_empty(&plan->refused))
		result = bsync_item_cells(act, plan);
	return result;
}
