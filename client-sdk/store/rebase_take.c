#include <assert.h>

#include "client-sdk/store/merged.h"
#include "client-sdk/store/past.h"
#include "client-sdk/store/rebase_parts.h"

static enum bsync_result versions_drop(struct bsync_pull *pull, const struct bsync_rebase_row *row, uint32_t column_no,
				       uint64_t counter)
{
	const bool is_row = column_no == 0;
	sqlite3_stmt *statement = NULL;
	int at = 1;
	enum bsync_result result = BSYNC_OK;

	if (!pull->has_variants)
		return BSYNC_OK;
	result = bsync_query(pull->file, is_row ? BSYNC_QUERY_VARIANT_DROP_ROW : BSYNC_QUERY_VARIANT_DROP_CELL,
			     &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, at++, row->table->no);
	bsync_db_bind_blob(statement, at++, row->packed);
	if (!is_row)
		bsync_db_bind_int64(statement, at++, column_no);
	bsync_db_bind_int64(statement, at, (int64_t)counter);
	return bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
}

/* The value that the write took the place of stays to be read, where a person would look for it. */
static enum bsync_result past_keep(const struct bsync_carried *carried, const struct bsync_rebase_row *row,
				   const struct bsync_column *column, const struct bsync_value *before,
				   const struct bsync_value *after)
{
	if (!bsync_rule_asks(column->rule) || bsync_value_equal(before, after))
		return BSYNC_OK;
	return bsync_past_keep_own(carried->pull->file, row->table->no, row->packed, column->no, before,
				   carried->counter);
}

/* One write into what the server has. */
static enum bsync_result write_take(const struct bsync_carried *carried, struct bsync_rebase_row *row,
				    const struct bsync_value *values, const struct bsync_cell_write *write)
{
	struct bsync_pull *pull = carried->pull;
	const int column = bsync_table_column(row->table, write->column_no);
	const struct bsync_pending_cell *cell = bsync_pending_find(&row->entry, write->column_no);
	struct bsync_value after;
	enum bsync_result result = BSYNC_OK;

	if (column < 0 || (cell != NULL && cell->heard >= carried->counter))
		return BSYNC_OK;
	result = bsync_merged_write(&row->table->columns[column], pull->arena, &values[column], write, &after);
	if (result == BSYNC_OK)
		result = past_keep(carried, row, &row->table->columns[column], &values[column], &after);
	if (result == BSYNC_OK)
		result = versions_drop(pull, row, write->column_no, carried->counter);
	return result == BSYNC_OK ? bsync_record_set(pull->file, &row->key, (uint32_t)column, &after) : result;
}

static enum bsync_result writes_take(const struct bsync_carried *carried, struct bsync_rebase_row *row,
				     const struct bsync_change *change)
{
	struct bsync_value *values = NULL;
	enum bsync_result result = bsync_record_read(carried->pull->file, &row->key, carried->pull->arena, &values);

	for (uint32_t i = 0; result == BSYNC_OK && values != NULL && i < change->cell_count; i++)
		result = write_take(carried, row, values, &change->cells[i]);
	return result;
}

/* The other versions of a cell that was resolved are open again: the resolve does not stand. */
static enum bsync_result versions_reopen(const struct bsync_carried *carried, const struct bsync_rebase_row *row,
					 const struct bsync_change *change)
{
	struct bsync_pull *pull = carried->pull;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && pull->has_variants && i < change->cell_count; i++) {
		sqlite3_stmt *statement = NULL;

		result = bsync_query(pull->file, BSYNC_QUERY_VARIANT_RESOLVED, &statement);
		if (result != BSYNC_OK)
			return result;
		bsync_db_bind_int64(statement, 1, row->table->no);
		bsync_db_bind_blob(statement, 2, row->packed);
		bsync_db_bind_int64(statement, 3, change->cells[i].column_no);
		bsync_db_bind_int64(statement, 4, 0);
		result = bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
	}
	return result;
}

/* Of what a dropped scope hid the store leaves out what is ours where it came into a scope that is held. */
static enum bsync_result hidden_begin(const struct bsync_carried *carried, struct bsync_rebase_row *row)
{
	bool is_given = false;
	enum bsync_result result = bsync_pull_is_given(carried->pull, &row->key, &is_given);

	if (result != BSYNC_OK)
		return result;
	if (is_given) {
		row->entry.hidden_seq = 0;
		return BSYNC_OK;
	}
	row->entry.is_on_server = false;
	return bsync_record_remove(carried->pull->file, &row->key);
}

/* Takes the change into what the server has, where the pull has not told of it. */
static enum bsync_result change_take(const struct bsync_carried *carried, struct bsync_rebase_row *row,
				     const struct bsync_change *change)
{
	struct bsync_pending_entry *entry = &row->entry;
	const bool is_news = carried->counter > entry->heard;
	const bool is_hidden = carried->seq <= entry->hidden_seq;
	const bool begins = change->kind != BSYNC_CHANGE_DELETE && bsync_change_puts(change) && is_news &&
			    !entry->is_on_server;
	enum bsync_result result = BSYNC_OK;

	/* What came in of a changeset that did not come in whole is pulled, but a delete under a later insert shows nowhere. */
	if (carried->verdict == BSYNC_VERDICT_INBOX && change->kind != BSYNC_CHANGE_DELETE)
		return versions_reopen(carried, row, change);
	if (begins) {
		/* Also an update begins a row, where the insert before it was not taken. */
		result = bsync_rebase_blank(carried->pull, row, carried->counter);
		entry->is_on_server = true;
		entry->is_gone = false;
	}
	if (result != BSYNC_OK)
		return result;
	switch (change->kind) {
	case BSYNC_CHANGE_INSERT:
	case BSYNC_CHANGE_UPDATE:
		if (begins && change->kind == BSYNC_CHANGE_INSERT)
			result = versions_drop(carried->pull, row, 0, carried->counter);
		if (result == BSYNC_OK && entry->is_on_server)
			result = writes_take(carried, row, change);
		return result == BSYNC_OK && begins && is_hidden ? hidden_begin(carried, row) : result;
	case BSYNC_CHANGE_DELETE:
		if (!is_news)
			return BSYNC_OK;
		entry->is_on_server = false;
		/* The delete that was heard of is this one: own edits behind it had seen it. */
		entry->is_gone = entry->is_gone && entry->heard + 1 != carried->counter;
		return versions_drop(carried->pull, row, 0, carried->counter);
	}
	return BSYNC_OK;
}

/* True when the screen shows already what the server has: nothing else touches the row, no pull has met it, and no word of a
 * delete that wins has taken the edit off. */
static bool is_simple(const struct bsync_carried *carried, const struct bsync_rebase_row *row,
		      const struct bsync_change *change)
{
	const struct bsync_pending_entry *entry = &row->entry;

	if (entry->is_met || entry->seq_count != 1 || carried->verdict == BSYNC_VERDICT_INBOX ||
	    entry->heard >= carried->counter || (change->kind == BSYNC_CHANGE_UPDATE && !entry->is_on_server) ||
	    (change->kind == BSYNC_CHANGE_INSERT && entry->is_on_server) || (row->table->deletes_win && entry->is_gone))
		return false;
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		if (entry->cells[i].heard >= carried->counter)
			return false;
	}
	return true;
}

/* The screen stays as it is. */
static enum bsync_result simple_end(const struct bsync_carried *carried, struct bsync_rebase_row *row,
				    const struct bsync_change *change)
{
	struct bsync_pull *pull = carried->pull;
	enum bsync_result result = BSYNC_OK;

	if (change->kind != BSYNC_CHANGE_UPDATE)
		result = versions_drop(pull, row, 0, carried->counter);
	for (uint32_t i = 0; result == BSYNC_OK && change->kind == BSYNC_CHANGE_UPDATE && i < change->cell_count; i++) {
		const struct bsync_cell_write *write = &change->cells[i];
		const int column = bsync_table_column(row->table, write->column_no);
		const struct bsync_pending_cell *cell = bsync_pending_find(&row->entry, write->column_no);

		if (column >= 0 && cell != NULL && cell->has_shadow && write->kind == BSYNC_WRITE_VALUE)
			result = past_keep(carried, row, &row->table->columns[column], &cell->shadow, &write->value);
		if (result == BSYNC_OK)
			result = versions_drop(pull, row, write->column_no, carried->counter);
	}
	if (result == BSYNC_OK && change->kind == BSYNC_CHANGE_DELETE)
		result = bsync_pull_forget(pull, row->table->no, row->packed);
	row->entry.seq_count = 0;
	return result == BSYNC_OK ? bsync_rebase_put(pull, row) : result;
}

enum bsync_result bsync_rebase_take(struct bsync_carried *carried, struct bsync_rebase_row *row,
				    const struct bsync_change *change)
{
	enum bsync_result result = BSYNC_OK;

	if (is_simple(carried, row, change))
		return simple_end(carried, row, change);
	if (!row->entry.is_met)
		result = bsync_rebase_rewind(carried->pull, row);
	if (result == BSYNC_OK)
		result = change_take(carried, row, change);
	bsync_pending_unlist(&row->entry, carried->seq);
	return result == BSYNC_OK ? bsync_rebase_put(carried->pull, row) : result;
}

enum bsync_result bsync_rebase_kept(struct bsync_carried *carried, struct bsync_rebase_row *row,
				    const struct bsync_change *change)
{
	enum bsync_result result = BSYNC_OK;

	(void)change;
	if (!row->entry.is_met)
		result = bsync_rebase_rewind(carried->pull, row);
	bsync_pending_unlist(&row->entry, carried->seq);
	return result == BSYNC_OK ? bsync_rebase_put(carried->pull, row) : result;
}

/* The changeset has no effect. */
enum bsync_result bsync_rebase_leave(struct bsync_carried *carried, struct bsync_rebase_row *row,
				     const struct bsync_change *change)
{
	enum bsync_result result = bsync_rebase_kept(carried, row, change);

	return result == BSYNC_OK ? versions_reopen(carried, row, change) : result;
}
