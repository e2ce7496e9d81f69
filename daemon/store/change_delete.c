/* change_delete.c: rows that go, rows that stay though somebody deleted them, rows that come back. */
#include <assert.h>

#include "daemon/store/deletes.h"
#include "daemon/store/freeze.h"
#include "daemon/store/item.h"
#include "daemon/store/reference.h"

/* Whether another line wrote to the column what a delete with `base` had not seen, also where that went to history. */
static enum bsync_result column_meets(struct bsync_act *act, const struct bsync_plan *plan,
				      const struct bsync_cell *cell, uint64_t base, bool *meets)
{
	const struct bsync_row *row = plan->row;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, HISTORY_UNSEEN);
	enum bsync_result result = bsync_judge_sight(act, plan, (int)cell->column, &base);

	*meets = false;
	for (uint32_t i = 0; i < cell->count && result == BSYNC_OK && !*meets; i++) {
		const struct bsync_version *version = &cell->standing[i].version;

		*meets = !cell->standing[i].is_unwritten && version->counter > base &&
			 version->line != act->version.line;
	}
	if (result != BSYNC_OK || *meets || (row->is_live && !row->cells.has_history))
		return result;
	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	bsync_db_bind_int64(statement, 3, row->sql->table->columns[cell->column].no);
	bsync_db_bind_int64(statement, 4, (int64_t)base);
	bsync_db_bind_int64(statement, 5, act->version.line);
	result = bsync_db_step(statement, meets);
	bsync_db_reset(statement);
	return result;
}

/* PROTOCOL 7.4: "A delete with base b holds when nobody wrote to the row after b but its own line." */
static enum bsync_result delete_holds(struct bsync_act *act, const struct bsync_plan *plan, uint64_t base, bool *holds)
{
	bool meets = false;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < plan->row->cells.cell_count && result == BSYNC_OK && !meets; i++)
		result = column_meets(act, plan, &plan->row->cells.cells[i], base, &meets);
	*holds = !meets;
	return result;
}

/* The row as it stands deleted, with its cells. */
static enum bsync_result grave_put(struct bsync_act *act, struct bsync_row *row)
{
	struct bsync_store *store = act->store;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, GRAVE_PUT);
	struct bsync_bytes values = {0};
	enum bsync_result result = bsync_key_copy(row->values, row->sql->table->column_count, &store->work, &values);

	store->meta.size = 0;
	if (result == BSYNC_OK)
		result = bsync_cells_encode(row->sql->table, &row->cells, &store->meta);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	bsync_db_bind_blob(statement, 3, values);
	bsync_db_bind_blob(statement, 4, bsync_buffer_bytes(&store->meta));
	bsync_writer_grave_note(store, row->sql->table->no, row->key_bytes);
	return bsync_db_run(statement);
}

static enum bsync_result grave_remove(struct bsync_act *act, const struct bsync_row *row)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, GRAVE_REMOVE);

	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	return bsync_db_run(statement);
}

/* The row is there again, and each delete that it had waits for a person. */
static enum bsync_result deletes_tell(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_deletes deletes;
	enum bsync_result result = bsync_deletes_read(&act->store->base, plan->row, &act->store->work, &deletes);

	for (uint32_t i = 0; i < deletes.count && result == BSYNC_OK; i++)
		result = bsync_item_deleted(act, plan, &deletes.list[i].version);
	return result;
}

/* --- Rows that go --- */

static enum bsync_result row_remove(const struct bsync_row *row)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_table_sql_remove(row->sql, &statement);

	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < row->sql->table->key_count; i++)
		bsync_db_bind_value(statement, (int)i + 1, &row->key[i]);
	return bsync_db_run(statement);
}

static enum bsync_result conflicts_remove(struct bsync_act *act, const struct bsync_row *row)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, CONFLICT_REMOVE_ROW);

	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	return bsync_db_run(statement);
}

/* Touches the scopes that the row is in. */
static enum bsync_result entries_touch(struct bsync_act *act, const struct bsync_row *row)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < row->cells.entry_count && result == BSYNC_OK; i++) {
		struct bsync_scope *scope = NULL;

		result = bsync_scopes_by_no(&act->store->scopes, &act->store->base, row->cells.entries[i].scope,
					    &scope);
		if (result == BSYNC_OK)
			result = bsync_act_touch(act, scope);
	}
	return result;
}

enum bsync_result bsync_change_remove(struct bsync_act *act, struct bsync_row *row, const struct bsync_version *deleted,
				      uint64_t base)
{
	enum bsync_result result = bsync_feed_lift(act, row);

	row->cells.is_deleted = true;
	row->cells.deleted = *deleted;
	row->cells.changed = act->version.counter;
	if (result == BSYNC_OK)
		result = row_remove(row);
	row->is_live = false;
	row->is_grave = true;
	if (result == BSYNC_OK)
		result = grave_put(act, row);
	if (result == BSYNC_OK)
		result = bsync_deletes_note(act, row, deleted, base);
	if (result == BSYNC_OK)
		result = bsync_feed_place(act, row);
	if (result == BSYNC_OK)
		result = entries_touch(act, row);
	if (result == BSYNC_OK)
		result = conflicts_remove(act, row);
	if (result == BSYNC_OK)
		result = bsync_item_stays_close(act, row);
	if (result == BSYNC_OK)
		result = bsync_reference_note_row(act, row);
	if (result == BSYNC_OK)
		result = bsync_freeze_fate(act, row, deleted, base, BSYNC_FATE_GONE);
	return result == BSYNC_OK ? bsync_act_effect(act, row->sql, row->values, NULL) : result;
}

enum bsync_result bsync_change_stays(struct bsync_act *act, struct bsync_row *row)
{
	static const struct bsync_mask none;
	enum bsync_result result = bsync_feed_lift(act, row);

	bsync_feed_renew(act, row);
	row->cells.changed = act->version.counter;
	if (result == BSYNC_OK)
		result = bsync_feed_place(act, row);
	if (result == BSYNC_OK)
		result = entries_touch(act, row);
	return result == BSYNC_OK ? bsync_change_row_update(act, row, &none) : result;
}

/* Gone already: nothing to take away, but an edit that comes later meets this delete too. */
static enum bsync_result delete_again(struct bsync_act *act, struct bsync_plan *plan, uint64_t base)
{
	enum bsync_result result = bsync_deletes_note(act, plan->row, &act->version, base);

	if (result == BSYNC_OK)
		result = bsync_reference_note_row(act, plan->row);
	return result == BSYNC_OK ? bsync_freeze_fate(act, plan->row, &act->version, base, BSYNC_FATE_STAYED) : result;
}

/* PROTOCOL 7.4: "Where the table says that deletes win, a delete takes the row with every edit that had not seen it, whichever
 * comes first." */
static enum bsync_result delete_win(struct bsync_act *act, struct bsync_plan *plan, uint64_t base)
{
	const uint32_t count = act->item_count;
	bool holds = false;
	enum bsync_result result = delete_holds(act, plan, base, &holds);

	if (result == BSYNC_OK)
		result = plan->row->is_live ? bsync_change_remove(act, plan->row, &act->version, base)
					    : delete_again(act, plan, base);
	if (result == BSYNC_OK && !holds)
		result = bsync_item_deleted(act, plan, &act->version);
	/* What its author meant is done: no part of the changeset waits for a person. */
	act->item_count = count;
	return result;
}

enum bsync_result bsync_change_delete(struct bsync_act *act, struct bsync_plan *plan)
{
	uint64_t base = plan->change->has_base ? bsync_judge_base(act, plan->change->base) : act->base;
	bool holds = false;
	enum bsync_result result = BSYNC_OK;

	if (plan->row == NULL || (!plan->row->is_live && !plan->row->is_grave))
		return BSYNC_OK;
	if (plan->sql->table->deletes_win)
		return delete_win(act, plan, base);
	if (!plan->row->is_live)
		return delete_again(act, plan, base);
	result = delete_holds(act, plan, base, &holds);
	if (result == BSYNC_OK && holds)
		return bsync_change_remove(act, plan->row, &act->version, base);
	if (result == BSYNC_OK)
		result = bsync_deletes_note(act, plan->row, &act->version, base);
	if (result == BSYNC_OK)
		result = bsync_freeze_fate(act, plan->row, &act->version, base, BSYNC_FATE_STAYED);
	if (result == BSYNC_OK)
		result = bsync_change_stays(act, plan->row);
	return result == BSYNC_OK ? bsync_item_deleted(act, plan, &act->version) : result;
}

enum bsync_result bsync_change_raise(struct bsync_act *act, struct bsync_row *row)
{
	enum bsync_result result = bsync_feed_lift(act, row);

	assert(row->is_grave);
	bsync_feed_renew(act, row);
	row->cells.is_deleted = false;
	row->is_grave = false;
	if (result == BSYNC_OK)
		result = grave_remove(act, row);
	return result == BSYNC_OK ? bsync_change_row_insert(act, row) : result;
}

enum bsync_result bsync_change_revive(struct bsync_act *act, struct bsync_plan *plan)
{
	enum bsync_result result = bsync_change_raise(act, plan->row);

	if (result == BSYNC_OK)
		result = bsync_freeze_fate(act, plan->row, &act->version, 0, BSYNC_FATE_BACK);
	return result == BSYNC_OK ? deletes_tell(act, plan) : result;
}

enum bsync_result bsync_change_in_grave(struct bsync_act *act, struct bsync_row *row)
{
	assert(row->is_grave);
	return grave_put(act, row);
}

/* What the row said before it was deleted. */
static enum bsync_result cells_to_history(struct bsync_act *act, struct bsync_row *row)
{
	for (uint32_t i = 0; i < row->cells.cell_count; i++) {
		const struct bsync_cell *cell = &row->cells.cells[i];

		for (uint32_t k = 0; k < cell->count; k++) {
			enum bsync_result result = bsync_past_add(act, row, cell->column, &cell->standing[k], false);

			if (result != BSYNC_OK)
				return result;
		}
	}
	return BSYNC_OK;
}

enum bsync_result bsync_change_bury(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_store *store = act->store;
	struct bsync_row *row = plan->row;
	enum bsync_result result = bsync_feed_lift(act, row);

	/* A scope that the new row is not in must still learn that the old one is gone. */
	for (uint32_t i = 0; i < row->cells.entry_count && result == BSYNC_OK; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		const struct bsync_scope *now = plan->scopes[entry->face];
		struct bsync_scope *scope = NULL;

		if (now != NULL && now->no == entry->scope)
			continue;
		result = bsync_scopes_by_no(&store->scopes, &store->base, entry->scope, &scope);
		if (result == BSYNC_OK)
			result = bsync_feed_gone(act, scope, row->sql->table, entry->face, row->key_bytes);
	}
	if (result == BSYNC_OK)
		result = cells_to_history(act, row);
	if (result == BSYNC_OK)
		result = grave_remove(act, row);
	/* Deletes that win are kept: they take what comes later and had not seen them. */
	if (result == BSYNC_OK && !plan->sql->table->deletes_win)
		result = bsync_deletes_forget_seen(act, plan);
	if (result == BSYNC_OK && !plan->sql->table->deletes_win)
		result = deletes_tell(act, plan);
	if (result == BSYNC_OK)
		result = bsync_freeze_fate(act, row, &act->version, 0, BSYNC_FATE_BACK);
	row->is_grave = false;
	plan->is_plain = false;
	return result;
}

/* --- Edits that a delete takes --- */

/* The versions that the writes would have become in a row of their own. */
static enum bsync_result writes_to_history(struct bsync_act *act, struct bsync_plan *plan)
{
	struct bsync_merged merged = {0};
	struct bsync_row row;
	enum bsync_result result = bsync_change_row_blank(act, plan, &row);

	if (result == BSYNC_OK)
		result = bsync_change_merge(act, plan, &row, &merged);
	return result == BSYNC_OK ? cells_to_history(act, &row) : result;
}

enum bsync_result bsync_change_taken(struct bsync_act *act, struct bsync_plan *plan, bool *is_taken)
{
	/* Its author had a row that is not there. */
	const bool is_astray = plan->row->is_grave && plan->change->kind == BSYNC_CHANGE_UPDATE;
	bool takes_nothing = false;
	struct bsync_deletes deletes;
	enum bsync_result result = bsync_deletes_judge(act, plan, &deletes);

	*is_taken = is_astray || deletes.seen_count < deletes.count;
	if (result != BSYNC_OK || !*is_taken)
		return result;
	result = writes_to_history(act, plan);
	takes_nothing = bsync_change_takes_nothing(plan);
	for (uint32_t i = 0; !takes_nothing && i < deletes.count && result == BSYNC_OK; i++) {
		if (is_astray || !deletes.list[i].is_seen)
			result = bsync_item_deleted(act, plan, &deletes.list[i].version);
	}
	if (result != BSYNC_OK || !plan->row->is_live)
		return result;
	/* The row is a later one: its author gets it as it is. */
	plan->row->cells.has_history = true;
	return bsync_change_stays(act, plan->row);
}
