#include "client-sdk/store/receipts.h"

#include <assert.h>

#include "client-sdk/store/merged.h"
#include "client-sdk/store/past.h"
#include "client-sdk/store/pull.h"

/* One row of a changeset while its verdict is carried out. */
struct touched {
	struct bsync_file *file;
	struct bsync_arena *arena;
	uint64_t seq, counter;
	const struct bsync_change *change;
	const struct bsync_table *table;
	struct bsync_record_key key;
	struct bsync_bytes packed;
	struct bsync_pending_entry entry;
};

/* False in `*found` when the row has nothing pending: its scope has been dropped since. */
static enum bsync_result touched_load(struct bsync_file *file, uint64_t seq, const struct bsync_change *change,
				      struct touched *touched, bool *found)
{
	const struct bsync_table *table = bsync_schema_table(file->schema, change->table_no);
	enum bsync_result result = BSYNC_OK;

	*found = false;
	if (table == NULL || change->key_count != table->key_count)
		return BSYNC_OK;
	*touched = (struct touched){
		.file = file, .arena = &file->scratch, .seq = seq, .change = change, .table = table};
	touched->key = (struct bsync_record_key){
		.table = (uint32_t)(table - file->schema->tables), .count = change->key_count, .values = change->key};
	result = bsync_key_pack(touched->arena, change->key, change->key_count, &touched->packed);
	if (result == BSYNC_OK)
		result = bsync_pending_get(file, table->no, touched->packed, touched->arena, &touched->entry, found);
	return result;
}

static void edit_take(struct bsync_pending_edit *edit, uint64_t seq, uint64_t counter)
{
	if (!bsync_pending_is_edited(edit) || seq <= edit->taken_seq)
		return;
	edit->taken_seq = seq < edit->last_seq ? seq : edit->last_seq;
	edit->taken_counter = counter;
}

static enum bsync_result cell_take(struct touched *touched, const struct bsync_cell_write *write)
{
	struct bsync_pending_cell *cell = bsync_pending_find(&touched->entry, write->column_no);
	const int column = bsync_table_column(touched->table, write->column_no);
	struct bsync_value before;
	bool had_shadow = false;
	enum bsync_result result = BSYNC_OK;

	if (cell == NULL || column < 0)
		return BSYNC_OK;
	before = cell->shadow;
	had_shadow = cell->has_shadow;
	edit_take(&cell->edit, touched->seq, touched->counter);
	/* What the server has there now is what was written, or that on top of what it had. */
	result = bsync_merged_write(&touched->table->columns[column], touched->arena, had_shadow ? &before : NULL,
				    write, &cell->shadow);
	cell->has_shadow = true;
	if (result == BSYNC_OK && had_shadow && touched->table->columns[column].rule == BSYNC_RULE_KEEP &&
	    !bsync_value_equal(&before, &cell->shadow))
		result = bsync_past_keep_own(touched->file, touched->table->no, touched->packed, write->column_no,
					     &before, touched->counter);
	return result;
}

/* An insert that the store has taken: the row is there.  Shadows of cells with later edits hold what it named; under a
 * later delete, those of all cells, for a refusal of it brings the row back.  A row that was there already has what the
 * insert named on top of what it had. */
static enum bsync_result insert_take(struct touched *touched)
{
	struct bsync_pending_entry *entry = &touched->entry;
	const bool has_later = entry->row.last_seq > touched->seq;
	const bool was_there = entry->is_on_server;
	enum bsync_result result = BSYNC_OK;

	entry->is_on_server = true;
	for (uint32_t i = 0; !was_there && i < entry->cell_count; i++) {
		entry->cells[i].has_shadow = true;
		entry->cells[i].shadow = bsync_value_null();
	}
	for (uint32_t i = 0; result == BSYNC_OK && i < touched->change->cell_count; i++) {
		const struct bsync_cell_write *write = &touched->change->cells[i];
		const int column = bsync_table_column(touched->table, write->column_no);
		struct bsync_pending_cell *cell = bsync_pending_find(entry, write->column_no);
		struct bsync_value before;

		if (column < 0)
			continue;
		result = bsync_pending_take(entry, touched->arena, write->column_no, &cell);
		if (result != BSYNC_OK)
			return result;
		if (!has_later && !bsync_pending_is_edited(&cell->edit))
			cell->edit = entry->row;
		before = cell->shadow;
		edit_take(&cell->edit, touched->seq, touched->counter);
		result = bsync_merged_write(&touched->table->columns[column], touched->arena,
					    cell->has_shadow ? &before : NULL, write, &cell->shadow);
		cell->has_shadow = true;
	}
	edit_take(&entry->row, touched->seq, touched->counter);
	/* Others may have the same row: then what is pulled of it from before this insert was taken is of the other cells. */
	if (!has_later)
		entry->row.first_seq = 0;
	return result;
}

/* The row that was inserted after the delete has only what was written since; a pull may have shown more of the one before. */
static enum bsync_result before_clear(struct touched *touched)
{
	const struct bsync_value none = bsync_value_null();
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < touched->table->column_count; i++) {
		const struct bsync_column *column = &touched->table->columns[i];
		const struct bsync_pending_cell *cell = bsync_pending_find(&touched->entry, column->no);

		if (!column->is_key && column->travels && (cell == NULL || !bsync_pending_is_edited(&cell->edit)))
			result = bsync_record_set(touched->file, &touched->key, i, &none);
	}
	return result;
}

/* From here on the store's word on the row is from after the delete, whether it held or not. */
static void delete_answered(struct touched *touched)
{
	struct bsync_pending_entry *entry = &touched->entry;

	if (touched->counter > entry->gone_counter)
		entry->gone_counter = touched->counter;
	if (entry->deleted_seq == touched->seq)
		entry->deleted_seq = 0;
}

static enum bsync_result delete_take(struct touched *touched)
{
	struct bsync_pending_entry *entry = &touched->entry;

	entry->is_on_server = false;
	delete_answered(touched);
	edit_take(&entry->row, touched->seq, touched->counter);
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		struct bsync_pending_cell *cell = &entry->cells[i];

		/* What was written before the delete went with the row, whatever its verdict. */
		if (cell->edit.last_seq <= touched->seq)
			cell->edit = (struct bsync_pending_edit){0};
		cell->has_shadow = false;
	}
	bsync_pending_prune(entry);
	return entry->row.last_seq > touched->seq ? before_clear(touched) : BSYNC_OK;
}

enum bsync_result bsync_receipt_take(struct bsync_file *file, uint64_t seq, uint64_t counter,
				     const struct bsync_changeset *set)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < set->change_count; i++) {
		struct touched touched;
		bool found = false;

		result = touched_load(file, seq, &set->changes[i], &touched, &found);
		if (result != BSYNC_OK || !found)
			continue;
		touched.counter = counter;
		switch (set->changes[i].kind) {
		case BSYNC_CHANGE_INSERT:
			result = insert_take(&touched);
			break;
		case BSYNC_CHANGE_UPDATE:
			for (uint32_t j = 0; result == BSYNC_OK && j < set->changes[i].cell_count; j++)
				result = cell_take(&touched, &set->changes[i].cells[j]);
			break;
		case BSYNC_CHANGE_DELETE:
			result = delete_take(&touched);
			break;
		}
		if (result == BSYNC_OK)
			result = bsync_pending_put(file, touched.table->no, touched.packed, &touched.entry);
	}
	return result;
}

/* Ends the edits of the row's cells up to the changeset; `is_shown`: those columns show what the server has. */
static enum bsync_result cells_end(struct touched *touched, bool is_shown)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < touched->entry.cell_count; i++) {
		struct bsync_pending_cell *cell = &touched->entry.cells[i];
		const int column = bsync_table_column(touched->table, cell->column_no);

		if (cell->edit.last_seq > touched->seq)
			continue;
		cell->edit = (struct bsync_pending_edit){0};
		if (is_shown && cell->has_shadow && column >= 0)
			result = bsync_record_set(touched->file, &touched->key, (uint32_t)column, &cell->shadow);
	}
	return result;
}

/* The other versions of a resolved cell are open again. */
static enum bsync_result variants_reopen(struct touched *touched, uint32_t column_no)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(touched->file, BSYNC_QUERY_VARIANT_RESOLVED, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, touched->table->no);
	bsync_db_bind_blob(statement, 2, touched->packed);
	bsync_db_bind_int64(statement, 3, column_no);
	bsync_db_bind_int64(statement, 4, 0);
	return bsync_file_fail_sqlite(touched->file, bsync_db_run(statement));
}

/* An insert or delete that does not stand.  Edits that came after it keep what they need; they meet their own verdict. */
static enum bsync_result row_undo(struct touched *touched)
{
	struct bsync_pending_entry *entry = &touched->entry;
	const bool is_last = entry->row.last_seq == touched->seq;
	enum bsync_result result = BSYNC_OK;

	if (touched->change->kind == BSYNC_CHANGE_DELETE)
		delete_answered(touched);
	if (is_last)
		entry->row = (struct bsync_pending_edit){0};
	if (is_last && entry->is_on_server)
		result = bsync_record_make(touched->file, &touched->key);
	if (result == BSYNC_OK)
		result = cells_end(touched, is_last && entry->is_on_server);
	bsync_pending_prune(entry);
	return result;
}

static enum bsync_result cell_undo(struct touched *touched, const struct bsync_cell_write *write)
{
	struct bsync_pending_cell *cell = bsync_pending_find(&touched->entry, write->column_no);
	const int column = bsync_table_column(touched->table, write->column_no);
	enum bsync_result result = BSYNC_OK;

	if (cell == NULL || column < 0 || touched->seq > cell->edit.last_seq || touched->seq < cell->edit.first_seq)
		return BSYNC_OK;
	/* A later delete or insert of the row has written every cell anew; what came before it is not on screen. */
	if (touched->entry.row.last_seq > touched->seq)
		result = BSYNC_OK;
	else if (touched->seq == cell->edit.last_seq && cell->has_shadow)
		result = bsync_record_set(touched->file, &touched->key, (uint32_t)column, &cell->shadow);
	/* What counts and what collects stays with the later edits, less what this one gave. */
	else if (write->kind != BSYNC_WRITE_VALUE)
		result = bsync_merged_without(touched->file, &touched->key, (uint32_t)column, touched->arena,
					      cell->has_shadow ? &cell->shadow : NULL, write);
	if (result == BSYNC_OK && touched->seq == cell->edit.last_seq) {
		cell->edit = (struct bsync_pending_edit){0};
		result = variants_reopen(touched, write->column_no);
	}
	return result;
}

/* A row that the server does not have, and that no edit of this device is left to make, goes. */
static enum bsync_result orphan_remove(struct touched *touched)
{
	const struct bsync_pending_entry *entry = &touched->entry;
	struct bsync_pull pull = {.file = touched->file, .arena = touched->arena, .has_left = true};
	enum bsync_result result = BSYNC_OK;

	if (entry->is_on_server || bsync_pending_is_edited(&entry->row) || entry->cell_count != 0)
		return BSYNC_OK;
	result = bsync_record_remove(touched->file, &touched->key);
	return result == BSYNC_OK ? bsync_pull_forget(&pull, touched->table->no, touched->packed) : result;
}

enum bsync_result bsync_receipt_undo(struct bsync_file *file, uint64_t seq, uint64_t counter,
				     const struct bsync_changeset *set)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < set->change_count; i++) {
		const struct bsync_change *change = &set->changes[i];
		struct touched touched;
		bool found = false;

		result = touched_load(file, seq, change, &touched, &found);
		if (result != BSYNC_OK || !found)
			continue;
		touched.counter = counter;
		if (change->kind == BSYNC_CHANGE_UPDATE) {
			for (uint32_t j = 0; result == BSYNC_OK && j < change->cell_count; j++)
				result = cell_undo(&touched, &change->cells[j]);
			bsync_pending_prune(&touched.entry);
		} else {
			result = row_undo(&touched);
		}
		if (result == BSYNC_OK)
			result = orphan_remove(&touched);
		if (result == BSYNC_OK)
			result = bsync_pending_put(file, touched.table->no, touched.packed, &touched.entry);
	}
	return result;
}
