#include "client-sdk/store/pull.h"

#include <assert.h>

#include "client-sdk/store/merged.h"

/* Everything about one pulled row over one entry. */
struct meeting {
	struct bsync_pull *pull;
	struct bsync_pull_row *row;
	struct bsync_pending_entry *entry;
	bool is_here;               /* the row is in the table */
	struct bsync_value *values; /* its values then, by column index */
};

/* True when the pulled row was read before the store took the own edit: it says nothing about that cell.  The row's own
 * position may be from before an edit that changed nothing. */
static bool is_older(const struct meeting *meeting, const struct bsync_pending_edit *edit)
{
	return bsync_pending_is_edited(edit) && edit->taken_counter > meeting->row->row->counter &&
	       edit->taken_counter > meeting->pull->snapshot;
}

/* True for a row that was deleted and made anew here: what it shows does not build on what the server has. */
static bool is_anew(const struct bsync_pending_entry *entry)
{
	return bsync_pending_is_unsent(&entry->row) && entry->row.first_seq != entry->row.last_seq;
}

/* The pulled value becomes the shadow of a cell with an unsent edit; what is counted or collected shows both. */
static enum bsync_result shadow_set(struct meeting *meeting, struct bsync_pending_cell *cell, uint32_t column,
				    const struct bsync_value *value)
{
	const struct bsync_column *type = &meeting->row->table->columns[column];
	const struct bsync_value none = bsync_value_null();
	struct bsync_value shown;
	enum bsync_result result = BSYNC_OK;

	if (meeting->is_here && !is_anew(meeting->entry)) {
		result = bsync_merged_shown(type, meeting->pull->arena, cell->has_shadow ? &cell->shadow : &none,
					    &meeting->values[column], value, &shown);
		if (result == BSYNC_OK && !bsync_value_equal(&shown, &meeting->values[column]))
			result = bsync_record_set(meeting->pull->file, &meeting->row->key, column, &shown);
	}
	cell->has_shadow = true;
	cell->shadow = *value;
	return result;
}

/* The server has a row that was inserted here too: what that insert named, it wrote; every other cell is the server's.
 * While the row was this device's alone, the insert as a whole stood for its cells. */
static enum bsync_result insert_spread(struct meeting *meeting)
{
	const struct bsync_table *table = meeting->row->table;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
		struct bsync_pending_cell *cell = NULL;

		/* PROTOCOL 4: "An insert names every column that is not NULL, and no other." */
		if (table->columns[i].is_key || !table->columns[i].travels || meeting->values[i].kind == BSYNC_NULL)
			continue;
		result = bsync_pending_take(meeting->entry, meeting->pull->arena, table->columns[i].no, &cell);
		if (result == BSYNC_OK && !bsync_pending_is_edited(&cell->edit))
			cell->edit = meeting->entry->row;
	}
	return result;
}

/* A cell without an own edit, of a row that was inserted or deleted here. */
static enum bsync_result covered_meet(struct meeting *meeting, uint32_t column, const struct bsync_value *value)
{
	const uint32_t column_no = meeting->row->table->columns[column].no;
	struct bsync_pending_cell *cell = NULL;
	enum bsync_result result = BSYNC_OK;

	if (is_older(meeting, &meeting->entry->row) &&
	    (meeting->entry->row.first_seq != 0 || meeting->entry->gone_counter > meeting->pull->snapshot))
		return BSYNC_OK;
	/* Of the row before an own delete nothing shows in the one after it; the answer to the delete says if it is still there. */
	if (meeting->is_here && meeting->entry->gone_counter > meeting->pull->snapshot)
		return BSYNC_OK;
	if (meeting->is_here && meeting->entry->deleted_seq != 0) {
		result = bsync_pending_take(meeting->entry, meeting->pull->arena, column_no, &cell);
		if (result != BSYNC_OK)
			return result;
		cell->has_shadow = true;
		cell->shadow = *value;
		return BSYNC_OK;
	}
	cell = bsync_pending_find(meeting->entry, column_no);
	if (meeting->is_here) {
		/* A shadow left by an earlier delete follows: an insert that is undone brings it back. */
		if (cell != NULL && cell->has_shadow)
			cell->shadow = *value;
		return bsync_record_set(meeting->pull->file, &meeting->row->key, column, value);
	}
	/* Under a delete only the shadow is of use. */
	result = bsync_pending_take(meeting->entry, meeting->pull->arena, column_no, &cell);
	return result == BSYNC_OK ? shadow_set(meeting, cell, column, value) : result;
}

static enum bsync_result cell_meet(struct meeting *meeting, uint32_t column, const struct bsync_value *value)
{
	struct bsync_pending_cell *cell = bsync_pending_find(meeting->entry, meeting->row->table->columns[column].no);

	if (cell == NULL || !bsync_pending_is_edited(&cell->edit)) {
		if (bsync_pending_is_edited(&meeting->entry->row))
			return covered_meet(meeting, column, value);
		return bsync_record_set(meeting->pull->file, &meeting->row->key, column, value);
	}
	if (is_older(meeting, &cell->edit))
		return BSYNC_OK;
	if (bsync_pending_is_unsent(&cell->edit))
		return shadow_set(meeting, cell, column, value);
	/* The store has taken the edit and this is what came of it. */
	cell->edit = (struct bsync_pending_edit){0};
	cell->has_shadow = false;
	return meeting->is_here ? bsync_record_set(meeting->pull->file, &meeting->row->key, column, value) : BSYNC_OK;
}

static const struct bsync_value *value_of(const struct meeting *meeting, uint32_t column)
{
	static const struct bsync_value none = {.kind = BSYNC_NULL};
	const struct bsync_pulled_row *row = meeting->row->row;

	for (uint32_t i = 0; i < row->cell_count; i++) {
		if (row->cells[i].column_no == meeting->row->table->columns[column].no)
			return &row->cells[i].value;
	}
	return row->kind == BSYNC_PULLED_WHOLE ? &none : NULL;
}

/* The store says the row is there, after it took a delete of this device or said it was gone: it was revived.  What is not
 * named now was last known as shadow. */
static enum bsync_result revive(struct meeting *meeting)
{
	enum bsync_result result = bsync_record_make(meeting->pull->file, &meeting->row->key);

	for (uint32_t i = 0; result == BSYNC_OK && i < meeting->entry->cell_count; i++) {
		const struct bsync_pending_cell *cell = &meeting->entry->cells[i];
		const int column = bsync_table_column(meeting->row->table, cell->column_no);

		if (cell->has_shadow && column >= 0)
			result = bsync_record_set(meeting->pull->file, &meeting->row->key, (uint32_t)column,
						  &cell->shadow);
	}
	meeting->entry->row = (struct bsync_pending_edit){0};
	meeting->is_here = true;
	return result == BSYNC_OK ? bsync_record_read(meeting->pull->file, &meeting->row->key, meeting->pull->arena,
						      &meeting->values)
				  : result;
}

/* An insert or delete that the store took at `taken` is over: versions from before it stand no more, and of a row that is
 * not here nothing is kept. */
static enum bsync_result row_settle(struct bsync_pull *pull, uint32_t table_no, struct bsync_bytes key, uint64_t taken)
{
	const struct bsync_table *table = bsync_schema_table(pull->file->schema, table_no);
	struct bsync_record_key record = {0};
	struct bsync_value *values = NULL;
	sqlite3_stmt *statement = NULL;
	bool is_here = false;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_VARIANT_DROP_ROW, &statement);

	if (result != BSYNC_OK || table == NULL)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	bsync_db_bind_int64(statement, 3, (int64_t)taken);
	result = bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
	if (result == BSYNC_OK)
		result = bsync_key_unpack(pull->arena, key, &values, &record.count);
	record.table = (uint32_t)(table - pull->file->schema->tables);
	record.values = values;
	if (result == BSYNC_OK)
		result = bsync_record_exists(pull->file, &record, &is_here);
	return result == BSYNC_OK && !is_here ? bsync_pull_forget(pull, table_no, key) : result;
}

enum bsync_result bsync_pull_over_pending(struct bsync_pull *pull, struct bsync_pull_row *row,
					  struct bsync_pending_entry *entry)
{
	struct meeting meeting = {.pull = pull, .row = row, .entry = entry};
	const bool *has_column = row->table->faces[row->face].has_column;
	enum bsync_result result = bsync_record_read(pull->file, &row->key, pull->arena, &meeting.values);

	if (result != BSYNC_OK)
		return result;
	meeting.is_here = meeting.values != NULL;
	if (meeting.is_here && !entry->is_on_server && bsync_pending_is_unsent(&entry->row))
		result = insert_spread(&meeting);
	if (!is_older(&meeting, &entry->row))
		entry->is_on_server = true;
	if (result == BSYNC_OK && !meeting.is_here && !bsync_pending_is_unsent(&entry->row) &&
	    !is_older(&meeting, &entry->row))
		result = revive(&meeting);
	for (uint32_t i = 0; result == BSYNC_OK && i < row->table->column_count; i++) {
		const struct bsync_value *value = value_of(&meeting, i);

		if (has_column[i] && !row->table->columns[i].is_key && value != NULL)
			result = cell_meet(&meeting, i, value);
	}
	/* What the store has now is known: an insert that it took before says nothing more about the row. */
	if (result == BSYNC_OK && bsync_pending_is_edited(&entry->row) && !bsync_pending_is_unsent(&entry->row) &&
	    !is_older(&meeting, &entry->row)) {
		result = row_settle(pull, row->table->no, row->packed, entry->row.taken_counter);
		entry->row = (struct bsync_pending_edit){0};
	}
	if (result != BSYNC_OK)
		return result;
	bsync_pending_prune(entry);
	return bsync_pending_put(pull->file, row->table->no, row->packed, entry);
}

/* Everything of the entry that the store has taken at or before `counter` is over. */
static enum bsync_result entry_settle(struct bsync_pull *pull, uint32_t table_no, struct bsync_bytes key,
				      struct bsync_pending_entry *entry, uint64_t counter)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < entry->cell_count; i++) {
		struct bsync_pending_cell *cell = &entry->cells[i];
		sqlite3_stmt *statement = NULL;
		uint64_t taken = cell->edit.taken_counter;

		if (!bsync_pending_is_edited(&cell->edit) || bsync_pending_is_unsent(&cell->edit) || taken > counter)
			continue;
		cell->edit = (struct bsync_pending_edit){0};
		/* The store sends a cell where another version stands; versions from before the own edit stand no more. */
		result = bsync_query(pull->file, BSYNC_QUERY_VARIANT_DROP_CELL, &statement);
		if (result != BSYNC_OK)
			return result;
		bsync_db_bind_int64(statement, 1, table_no);
		bsync_db_bind_blob(statement, 2, key);
		bsync_db_bind_int64(statement, 3, cell->column_no);
		bsync_db_bind_int64(statement, 4, (int64_t)taken);
		result = bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
	}
	if (result == BSYNC_OK && bsync_pending_is_edited(&entry->row) && !bsync_pending_is_unsent(&entry->row) &&
	    entry->row.taken_counter <= counter) {
		result = row_settle(pull, table_no, key, entry->row.taken_counter);
		entry->row = (struct bsync_pending_edit){0};
	}
	bsync_pending_prune(entry);
	return result == BSYNC_OK ? bsync_pending_put(pull->file, table_no, key, entry) : result;
}

/* A row of bsync_pending, copied so that the table can change. */
struct taken {
	struct taken *next;
	uint32_t table_no;
	struct bsync_bytes key, edits;
};

static enum bsync_result taken_read(struct bsync_pull *pull, uint64_t counter, struct taken **first)
{
	struct taken **last = first;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_PENDING_SHOWN, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)counter);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct taken *taken = bsync_arena_take(pull->arena, sizeof(*taken));

		if (taken == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		taken->table_no = (uint32_t)bsync_db_int64(statement, 0);
		taken->key = bsync_arena_copy(pull->arena, bsync_db_bytes(statement, 1));
		taken->edits = bsync_arena_copy(pull->arena, bsync_db_bytes(statement, 2));
		if (taken->key.data == NULL || taken->edits.data == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		*last = taken;
		last = &taken->next;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(pull->file, result);
}

enum bsync_result bsync_pull_settle(struct bsync_pull *pull, uint64_t counter)
{
	struct taken *taken = NULL;
	enum bsync_result result = BSYNC_OK;

	if (!pull->has_pending)
		return BSYNC_OK;
	bsync_arena_reset(pull->arena);
	result = taken_read(pull, counter, &taken);
	for (; result == BSYNC_OK && taken != NULL; taken = taken->next) {
		struct bsync_pending_entry entry;

		result = bsync_pending_decode(taken->edits, pull->arena, &entry);
		if (result == BSYNC_OK)
			result = entry_settle(pull, taken->table_no, taken->key, &entry, counter);
	}
	return result;
}
