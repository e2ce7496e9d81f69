/* change_past.c: history and the index of standing conflicts. */
#include <assert.h>

#include "daemon/store/change.h"

enum bsync_result bsync_past_add(struct bsync_act *act, struct bsync_row *row, uint32_t column,
				 const struct bsync_standing *standing, bool is_chosen_against)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, HISTORY_ADD);
	const struct bsync_table *table = row->sql->table;

	if (standing->is_unwritten)
		return BSYNC_OK;
	row->cells.has_history = true;
	bsync_db_bind_int64(statement, 1, table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	bsync_db_bind_int64(statement, 3, table->columns[column].no);
	bsync_db_bind_int64(statement, 4, standing->version.line);
	bsync_db_bind_int64(statement, 5, (int64_t)standing->version.seq);
	bsync_db_bind_int64(statement, 6, (int64_t)standing->version.counter);
	bsync_db_bind_int64(statement, 7, standing->version.stamp_ms);
	bsync_db_bind_value(statement, 8, &standing->value);
	bsync_db_bind_int64(statement, 9, (int64_t)act->version.counter);
	bsync_db_bind_data(statement, 10, act->author.bytes, BSYNC_ID_SIZE);
	if (standing->base != NULL) {
		bsync_db_bind_int64(statement, 11, (int64_t)standing->base->counter);
		bsync_db_bind_value(statement, 12, &standing->base->value);
	}
	bsync_db_bind_int64(statement, 13, is_chosen_against);
	return bsync_db_run(statement);
}

enum bsync_result bsync_past_conflict_id(const struct bsync_base *base, const struct bsync_row *row,
					 const struct bsync_cell *cell, struct bsync_arena *arena, uint8_t id[16])
{
	const struct bsync_table *table = row->sql->table;
	struct bsync_dot *dots = bsync_arena_take(arena, (cell->count + 1) * sizeof(*dots));

	if (dots == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_version *version = &cell->standing[i].version;

		dots[i] = bsync_base_dot(base, version->line, version->seq);
	}
	bsync_conflict_id(table->no, row->key, table->key_count, table->columns[cell->column].no, cell->count, dots,
			  id);
	return BSYNC_OK;
}

/* The scope in which the conflict is shown: the first whose face has the column; 0 when none has. */
static uint64_t cell_scope(const struct bsync_row *row, uint32_t column)
{
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];

		if (row->sql->table->faces[entry->face].has_column[column])
			return entry->scope;
	}
	return 0;
}

static enum bsync_result conflict_put(struct bsync_act *act, const struct bsync_row *row, const struct bsync_cell *cell)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, CONFLICT_PUT);
	uint8_t id[BSYNC_ID_SIZE];
	enum bsync_result result = bsync_past_conflict_id(&act->store->base, row, cell, &act->store->work, id);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_data(statement, 1, id, sizeof(id));
	bsync_db_bind_int64(statement, 2, row->sql->table->no);
	bsync_db_bind_blob(statement, 3, row->key_bytes);
	bsync_db_bind_int64(statement, 4, row->sql->table->columns[cell->column].no);
	bsync_db_bind_int64(statement, 5, (int64_t)cell_scope(row, cell->column));
	bsync_db_bind_int64(statement, 6, (int64_t)cell->changed);
	return bsync_db_run(statement);
}

enum bsync_result bsync_past_conflicts(struct bsync_act *act, const struct bsync_row *row, const struct bsync_mask *was)
{
	const struct bsync_table *table = row->sql->table;
	const struct bsync_lines lines = bsync_base_merge_lines(&act->store->base);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < row->cells.cell_count && result == BSYNC_OK; i++) {
		const struct bsync_cell *cell = &row->cells.cells[i];
		const struct bsync_column *column = &table->columns[cell->column];
		sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, CONFLICT_REMOVE);
		struct bsync_shown shown = {.is_conflict = false};

		if (bsync_rule_asks(column->rule))
			result = bsync_merge_shown(column, &lines, &act->store->work, cell, &shown);
		if (result == BSYNC_OK && shown.is_conflict) {
			result = conflict_put(act, row, cell);
		} else if (result == BSYNC_OK && bsync_mask_has(was, cell->column)) {
			bsync_db_bind_int64(statement, 1, table->no);
			bsync_db_bind_blob(statement, 2, row->key_bytes);
			bsync_db_bind_int64(statement, 3, table->columns[cell->column].no);
			result = bsync_db_run(statement);
		}
	}
	return result;
}
