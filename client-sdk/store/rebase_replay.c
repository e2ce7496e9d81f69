/* rebase_replay.c: own changesets that are not part of what was pulled, carried out again on top of it. */
#include <assert.h>
#include <stdlib.h>

#include "client-sdk/store/merged.h"
#include "client-sdk/store/rebase_parts.h"

/* What the server has is what the table shows now; what is said of edits is said anew. */
static enum bsync_result row_begin(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	struct bsync_pending_entry *entry = &row->entry;

	assert(entry->is_met);
	entry->is_shown = entry->is_on_server;
	entry->row = (struct bsync_pending_edit){0};
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		entry->cells[i].edit = (struct bsync_pending_edit){0};
		entry->cells[i].has_shadow = false;
	}
	return bsync_rebase_put(pull, row);
}

static enum bsync_result shadow_keep(struct bsync_pull *pull, struct bsync_rebase_row *row, uint32_t column_no,
				     const struct bsync_value *value)
{
	struct bsync_pending_cell *cell = NULL;
	enum bsync_result result = bsync_pending_take(&row->entry, pull->arena, column_no, &cell);

	if (result != BSYNC_OK || cell->has_shadow)
		return result;
	cell->has_shadow = true;
	cell->shadow = *value;
	return BSYNC_OK;
}

/* Before the first insert or delete: from here on the shadow is of the whole row. */
static enum bsync_result shadow_whole(struct bsync_pull *pull, struct bsync_rebase_row *row,
				      const struct bsync_value *values)
{
	enum bsync_result result = BSYNC_OK;

	if (bsync_pending_is_edited(&row->entry.row) || values == NULL || !row->entry.is_on_server)
		return BSYNC_OK;
	for (uint32_t i = 0; result == BSYNC_OK && i < row->table->column_count; i++) {
		if (bsync_rebase_is_ours(&row->table->columns[i]) && values[i].kind != BSYNC_NULL)
			result = shadow_keep(pull, row, row->table->columns[i].no, &values[i]);
	}
	return result;
}

static enum bsync_result write_replay(struct bsync_pull *pull, struct bsync_rebase_row *row,
				      const struct bsync_value *before, uint32_t column,
				      const struct bsync_cell_write *write)
{
	struct bsync_value after;
	enum bsync_result result = bsync_merged_write(&row->table->columns[column], pull->arena, before, write, &after);

	if (result == BSYNC_OK && !bsync_value_equal(before, &after))
		result = bsync_record_set(pull->file, &row->key, column, &after);
	return result;
}

static struct bsync_position base_of(const struct bsync_carried *carried, const struct bsync_change *change)
{
	if (change->has_base)
		return change->base;
	for (uint32_t i = 0; i < change->cell_count; i++) {
		if (change->cells[i].base_kind == BSYNC_BASE_OWN)
			return change->cells[i].base;
	}
	return carried->set.base;
}

static enum bsync_result insert_replay(struct bsync_carried *carried, struct bsync_rebase_row *row,
				       const struct bsync_change *change)
{
	struct bsync_pull *pull = carried->pull;
	struct bsync_pending_entry *entry = &row->entry;
	struct bsync_value *values = NULL;
	enum bsync_result result = BSYNC_OK;

	if (entry->is_shown)
		result = bsync_record_read(pull->file, &row->key, pull->arena, &values);
	if (result == BSYNC_OK)
		result = shadow_whole(pull, row, values);
	if (result == BSYNC_OK && !entry->is_shown)
		result = bsync_rebase_blank(pull, row, UINT64_MAX);
	if (result == BSYNC_OK)
		result = bsync_record_read(pull->file, &row->key, pull->arena, &values);
	for (uint32_t i = 0; result == BSYNC_OK && values != NULL && i < change->cell_count; i++) {
		const int column = bsync_table_column(row->table, change->cells[i].column_no);

		if (column >= 0)
			result = write_replay(pull, row, &values[column], (uint32_t)column, &change->cells[i]);
	}
	entry->is_shown = true;
	bsync_pending_count(&entry->row, carried->seq, base_of(carried, change));
	return result;
}

static enum bsync_result update_replay(struct bsync_carried *carried, struct bsync_rebase_row *row,
				       const struct bsync_change *change)
{
	struct bsync_pull *pull = carried->pull;
	struct bsync_pending_entry *entry = &row->entry;
	struct bsync_value *values = NULL;
	enum bsync_result result = BSYNC_OK;

	/* A row that others deleted stays on screen while the edit may still bring it back. */
	if (entry->is_shown || bsync_change_puts(change))
		result = bsync_record_read(pull->file, &row->key, pull->arena, &values);
	entry->is_shown = values != NULL;
	for (uint32_t i = 0; result == BSYNC_OK && values != NULL && i < change->cell_count; i++) {
		const struct bsync_cell_write *write = &change->cells[i];
		const int column = bsync_table_column(row->table, write->column_no);
		struct bsync_pending_cell *cell = NULL;

		if (column < 0)
			continue;
		if (!bsync_pending_is_edited(&entry->row))
			result = shadow_keep(pull, row, write->column_no, &values[column]);
		if (result == BSYNC_OK)
			result = bsync_pending_take(entry, pull->arena, write->column_no, &cell);
		if (result != BSYNC_OK)
			return result;
		if (!bsync_pending_is_edited(&cell->edit))
			cell->origin = write->base_value;
		bsync_pending_count(&cell->edit, carried->seq,
				    write->base_kind == BSYNC_BASE_OWN ? write->base : carried->set.base);
		result = write_replay(pull, row, &values[column], (uint32_t)column, write);
	}
	return result;
}

static enum bsync_result delete_replay(struct bsync_carried *carried, struct bsync_rebase_row *row,
				       const struct bsync_change *change)
{
	struct bsync_pull *pull = carried->pull;
	struct bsync_pending_entry *entry = &row->entry;
	struct bsync_value *values = NULL;
	enum bsync_result result = BSYNC_OK;

	if (entry->is_on_server)
		result = bsync_record_read(pull->file, &row->key, pull->arena, &values);
	if (result == BSYNC_OK)
		result = shadow_whole(pull, row, values);
	entry->is_shown = false;
	for (uint32_t i = 0; i < entry->cell_count; i++)
		entry->cells[i].edit = (struct bsync_pending_edit){0};
	bsync_pending_count(&entry->row, carried->seq, base_of(carried, change));
	return result;
}

/* PROTOCOL 7.4: "A device takes such an edit off its screen when it hears that the row is gone." */
static bool is_taken(const struct bsync_carried *carried, const struct bsync_rebase_row *row,
		     const struct bsync_change *change)
{
	return row->table->deletes_win && change->kind != BSYNC_CHANGE_DELETE && row->entry.is_gone &&
	       carried->set.base.counter <= row->entry.heard;
}

/* True for the first changeset of the row behind those that a dropped scope hid. */
static bool is_first_behind(const struct bsync_pending_entry *entry, uint64_t seq)
{
	uint32_t hidden = 0;

	while (hidden < entry->seq_count && entry->seqs[hidden] <= entry->hidden_seq)
		hidden++;
	return hidden != 0 && hidden < entry->seq_count && entry->seqs[hidden] == seq;
}

/* Behind the changes that a dropped scope hid: a row that they made shows again where it is in a scope that is held. */
static enum bsync_result hidden_end(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	struct bsync_pending_entry *entry = &row->entry;
	bool is_given = false;
	enum bsync_result result = BSYNC_OK;

	if (entry->hidden_seq == 0 || !entry->is_shown)
		return BSYNC_OK;
	result = bsync_pull_is_given(pull, &row->key, &is_given);
	if (result != BSYNC_OK)
		return result;
	if (is_given) {
		entry->hidden_seq = 0;
		return BSYNC_OK;
	}
	entry->is_shown = false;
	entry->row = (struct bsync_pending_edit){0};
	entry->cell_count = 0;
	return bsync_record_remove(pull->file, &row->key);
}

static enum bsync_result change_replay(struct bsync_carried *carried, struct bsync_rebase_row *row,
				       const struct bsync_change *change)
{
	enum bsync_result result = BSYNC_OK;

	if (!row->entry.is_met || is_taken(carried, row, change))
		return BSYNC_OK;
	if (is_first_behind(&row->entry, carried->seq))
		result = hidden_end(carried->pull, row);
	if (result != BSYNC_OK)
		return result;
	switch (change->kind) {
	case BSYNC_CHANGE_INSERT:
		result = insert_replay(carried, row, change);
		break;
	case BSYNC_CHANGE_UPDATE:
		result = update_replay(carried, row, change);
		break;
	case BSYNC_CHANGE_DELETE:
		result = delete_replay(carried, row, change);
		break;
	}
	return result == BSYNC_OK ? bsync_rebase_put(carried->pull, row) : result;
}

static enum bsync_result row_end(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	struct bsync_pending_entry *entry = &row->entry;
	enum bsync_result result = BSYNC_OK;

	if (entry->seq_count != 0 && entry->seqs[entry->seq_count - 1] <= entry->hidden_seq)
		result = hidden_end(pull, row);
	if (result == BSYNC_OK && !entry->is_shown)
		result = bsync_record_remove(pull->file, &row->key);
	if (result == BSYNC_OK && !entry->is_shown && entry->seq_count == 0)
		result = bsync_pull_forget(pull, row->table->no, row->packed);
	entry->is_met = false;
	bsync_pending_prune(entry);
	return result == BSYNC_OK ? bsync_rebase_put(pull, row) : result;
}

/* The changesets that met rows still list, ascending. */
struct needed {
	uint64_t *seqs;
	size_t count, capacity;
};

static enum bsync_result needed_add(struct needed *needed, uint64_t seq)
{
	if (needed->count == needed->capacity) {
		size_t capacity = needed->capacity == 0 ? 64 : needed->capacity * 2;
		uint64_t *seqs = realloc(needed->seqs, capacity * sizeof(*seqs));

		if (seqs == NULL)
			return BSYNC_NO_MEMORY;
		needed->seqs = seqs;
		needed->capacity = capacity;
	}
	needed->seqs[needed->count++] = seq;
	return BSYNC_OK;
}

static int seq_order(const void *a, const void *b)
{
	const uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static enum bsync_result needed_read(struct bsync_pull *pull, struct needed *needed)
{
	struct bsync_pending_entry entry;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_PENDING_MET, &statement);

	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		bsync_arena_reset(pull->arena);
		result = bsync_pending_decode(bsync_db_bytes(statement, 2), pull->arena, &entry);
		for (uint32_t i = 0; result == BSYNC_OK && i < entry.seq_count; i++)
			result = needed_add(needed, entry.seqs[i]);
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(statement);
	if (needed->count != 0)
		qsort(needed->seqs, needed->count, sizeof(*needed->seqs), seq_order);
	return bsync_file_fail_sqlite(pull->file, result);
}

enum bsync_result bsync_rebase_replay(struct bsync_pull *pull)
{
	struct needed needed = {0};
	enum bsync_result result = BSYNC_OK;

	if (!pull->has_met)
		return BSYNC_OK;
	result = bsync_rebase_rows_each(pull, BSYNC_QUERY_PENDING_MET, row_begin);
	if (result == BSYNC_OK)
		result = needed_read(pull, &needed);
	for (size_t i = 0; result == BSYNC_OK && i < needed.count; i++) {
		struct bsync_carried carried = {.pull = pull, .seq = needed.seqs[i]};

		if (i == 0 || needed.seqs[i] != needed.seqs[i - 1])
			result = bsync_rebase_changes_each(&carried, change_replay);
	}
	if (result == BSYNC_OK)
		result = bsync_rebase_rows_each(pull, BSYNC_QUERY_PENDING_MET, row_end);
	free(needed.seqs);
	pull->has_met = false;
	pull->is_shown = true;
	return result;
}
