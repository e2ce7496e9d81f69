#include "client-sdk/store/rebase.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/rebase_parts.h"

/* Columns that a pull can say something of. */
bool bsync_rebase_is_ours(const struct bsync_column *column)
{
	return !column->is_key && column->travels;
}

enum bsync_result bsync_rebase_put(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	return bsync_pending_put(pull->file, row->table->no, row->packed, &row->entry);
}

/* Makes the columns NULL of which nothing was heard at `counter` or later. */
enum bsync_result bsync_rebase_blank(struct bsync_pull *pull, struct bsync_rebase_row *row, uint64_t counter)
{
	bool is_blank[BSYNC_COLUMNS_MAX] = {false};
	enum bsync_result result = bsync_record_make(pull->file, &row->key);

	for (uint32_t i = 0; i < row->table->column_count; i++) {
		const struct bsync_column *column = &row->table->columns[i];
		const struct bsync_pending_cell *cell = bsync_pending_find(&row->entry, column->no);

		is_blank[i] = bsync_rebase_is_ours(column) && (cell == NULL || cell->heard < counter);
	}
	return result == BSYNC_OK ? bsync_record_blank(pull->file, &row->key, is_blank) : result;
}

/* --- Meeting --- */

/* The table shows the shadow again.  What the server does not have stays for the replay to work on. */
enum bsync_result bsync_rebase_rewind(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	struct bsync_pending_entry *entry = &row->entry;
	const bool is_whole = bsync_pending_is_edited(&entry->row);
	bool is_there = false;
	enum bsync_result result = BSYNC_OK;

	if (is_whole && entry->is_on_server)
		result = bsync_rebase_blank(pull, row, UINT64_MAX);
	if (result == BSYNC_OK)
		result = bsync_record_exists(pull->file, &row->key, &is_there);
	for (uint32_t i = 0; result == BSYNC_OK && is_there && i < entry->cell_count; i++) {
		const struct bsync_pending_cell *cell = &entry->cells[i];
		const int column = bsync_table_column(row->table, cell->column_no);

		if (cell->has_shadow && column >= 0 && !row->table->columns[column].is_key)
			result = bsync_record_set(pull->file, &row->key, (uint32_t)column, &cell->shadow);
	}
	entry->is_met = true;
	pull->has_met = true;
	return result == BSYNC_OK ? bsync_rebase_put(pull, row) : result;
}

enum bsync_result bsync_rebase_meet(struct bsync_pull *pull, struct bsync_rebase_row *row, bool *found)
{
	enum bsync_result result = BSYNC_OK;

	*found = false;
	if (!pull->has_pending)
		return BSYNC_OK;
	result = bsync_pending_get(pull->file, row->table->no, row->packed, pull->arena, &row->entry, found);
	return result == BSYNC_OK && *found && !row->entry.is_met ? bsync_rebase_rewind(pull, row) : result;
}

/* A row of bsync_pending, copied so that the table can change. */
struct noted {
	struct noted *next;
	uint32_t table_no;
	struct bsync_bytes key, edits;
};

static enum bsync_result notes_read(struct bsync_pull *pull, enum bsync_query query, struct bsync_arena *arena,
				    struct noted **first)
{
	struct noted **last = first;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(pull->file, query, &statement);

	*first = NULL;
	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct noted *noted = bsync_arena_take(arena, sizeof(*noted));

		if (noted == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		*noted = (struct noted){.table_no = (uint32_t)bsync_db_int64(statement, 0),
					.key = bsync_arena_copy(arena, bsync_db_bytes(statement, 1)),
					.edits = bsync_arena_copy(arena, bsync_db_bytes(statement, 2))};
		if (noted->key.data == NULL || noted->edits.data == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		*last = noted;
		last = &noted->next;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(pull->file, result);
}

/* The row of a note; false in `*found` when this schema does not have its table. */
static enum bsync_result noted_row(struct bsync_pull *pull, const struct noted *noted, struct bsync_rebase_row *row,
				   bool *found)
{
	const struct bsync_schema *schema = pull->file->schema;
	struct bsync_value *values = NULL;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(pull->arena);
	*row = (struct bsync_rebase_row){.table = bsync_schema_table(schema, noted->table_no), .packed = noted->key};
	*found = row->table != NULL;
	if (!*found)
		return BSYNC_OK;
	result = bsync_key_unpack(pull->arena, noted->key, &values, &row->key.count);
	row->key.table = (uint32_t)(row->table - schema->tables);
	row->key.values = values;
	return result == BSYNC_OK ? bsync_pending_decode(noted->edits, pull->arena, &row->entry) : result;
}

/* Calls `each` with every row of the query. */
enum bsync_result bsync_rebase_rows_each(struct bsync_pull *pull, enum bsync_query query,
					 enum bsync_result (*each)(struct bsync_pull *pull,
								   struct bsync_rebase_row *row))
{
	struct noted *noted = NULL;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, BSYNC_FILE_SCRATCH_MAX);
	result = notes_read(pull, query, &arena, &noted);
	for (; result == BSYNC_OK && noted != NULL; noted = noted->next) {
		struct bsync_rebase_row row;
		bool found = false;

		result = noted_row(pull, noted, &row, &found);
		if (result == BSYNC_OK && found)
			result = each(pull, &row);
	}
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_result bsync_rebase_meet_all(struct bsync_pull *pull)
{
	return pull->has_pending ? bsync_rebase_rows_each(pull, BSYNC_QUERY_PENDING_ALL, bsync_rebase_rewind)
				 : BSYNC_OK;
}

/* --- What was pulled --- */

static enum bsync_result cell_hear(struct bsync_pull *pull, struct bsync_rebase_row *row, uint32_t column_no,
				   uint64_t counter)
{
	struct bsync_pending_cell *cell = NULL;
	enum bsync_result result = bsync_pending_take(&row->entry, pull->arena, column_no, &cell);

	if (result == BSYNC_OK && cell->heard < counter)
		cell->heard = counter;
	return result;
}

enum bsync_result bsync_rebase_is_there(struct bsync_pull *pull, struct bsync_rebase_row *row,
					const struct bsync_pull_row *pulled)
{
	const struct bsync_pulled_row *source = pulled->row;
	const bool is_whole = source->kind == BSYNC_PULLED_WHOLE;
	/* Of the state that a cut pull was read from no more is known than that it has the row's last change. */
	const uint64_t counter = pull->snapshot != 0 ? pull->snapshot : source->counter;
	enum bsync_result result = BSYNC_OK;

	if (!row->entry.is_on_server)
		result = bsync_rebase_blank(pull, row, counter);
	row->entry.is_on_server = true;
	row->entry.is_gone = false;
	row->entry.hidden_seq = 0;
	if (is_whole && row->entry.heard < counter)
		row->entry.heard = counter;
	for (uint32_t i = 0; result == BSYNC_OK && is_whole && i < row->table->column_count; i++) {
		if (row->table->faces[pulled->face].has_column[i] && bsync_rebase_is_ours(&row->table->columns[i]))
			result = cell_hear(pull, row, row->table->columns[i].no, counter);
	}
	for (uint32_t i = 0; result == BSYNC_OK && !is_whole && i < source->cell_count; i++)
		result = cell_hear(pull, row, source->cells[i].column_no, counter);
	return result == BSYNC_OK ? bsync_rebase_put(pull, row) : result;
}

enum bsync_result bsync_rebase_has_left(struct bsync_pull *pull, struct bsync_rebase_row *row, uint64_t counter)
{
	assert(counter != 0);
	/* An own insert that made the row anew, elsewhere, has that very position; what was written before went with the row. */
	if (row->entry.heard < counter - 1)
		row->entry.heard = counter - 1;
	return bsync_rebase_put(pull, row);
}

enum bsync_result bsync_rebase_is_gone(struct bsync_pull *pull, struct bsync_rebase_row *row, uint64_t counter)
{
	enum bsync_result result = bsync_rebase_has_left(pull, row, counter);

	for (uint32_t i = 0; result == BSYNC_OK && i < row->table->column_count; i++) {
		if (bsync_rebase_is_ours(&row->table->columns[i]))
			result = cell_hear(pull, row, row->table->columns[i].no, counter - 1);
	}
	if (result != BSYNC_OK)
		return result;
	row->entry.is_on_server = false;
	row->entry.is_gone = true;
	return bsync_rebase_put(pull, row);
}

enum bsync_result bsync_rebase_is_dropped(struct bsync_pull *pull, const struct bsync_record_key *key,
					  struct bsync_bytes packed)
{
	struct bsync_rebase_row row = {.table = &pull->file->schema->tables[key->table], .key = *key, .packed = packed};
	bool found = false;
	enum bsync_result result = bsync_rebase_meet(pull, &row, &found);

	if (result != BSYNC_OK || !found)
		return result;
	row.entry.is_on_server = false;
	row.entry.is_gone = false;
	row.entry.hidden_seq = row.entry.seq_count == 0 ? 0 : row.entry.seqs[row.entry.seq_count - 1];
	row.entry.row = (struct bsync_pending_edit){0};
	row.entry.cell_count = 0;
	return bsync_rebase_put(pull, &row);
}

/* --- Own changesets --- */

/* Opens the changeset and calls `each` for its changes of rows that list it. */
enum bsync_result bsync_rebase_changes_each(struct bsync_carried *carried, bsync_carry_change *each)
{
	struct bsync_pull *pull = carried->pull;
	const struct bsync_schema *schema = pull->file->schema;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, BSYNC_FILE_SCRATCH_MAX);
	result = bsync_outbox_open(pull->file, carried->seq, &arena, &carried->set);
	for (uint32_t i = 0; result == BSYNC_OK && i < carried->set.change_count; i++) {
		const struct bsync_change *change = &carried->set.changes[i];
		struct bsync_rebase_row row = {.table = bsync_schema_table(schema, change->table_no)};
		bool found = false;

		if (row.table == NULL || change->key_count != row.table->key_count)
			continue;
		bsync_arena_reset(pull->arena);
		row.key = (struct bsync_record_key){.table = (uint32_t)(row.table - schema->tables),
						    .count = change->key_count,
						    .values = change->key};
		result = bsync_key_pack(pull->arena, change->key, change->key_count, &row.packed);
		if (result == BSYNC_OK)
			result = bsync_pending_get(pull->file, row.table->no, row.packed, pull->arena, &row.entry,
						   &found);
		if (result == BSYNC_OK && found && bsync_pending_lists(&row.entry, carried->seq))
			result = each(carried, &row, change);
	}
	bsync_arena_clear(&arena);
	return result;
}

/* What the server has taken up to `counter` and no pull has included before. */
static enum bsync_result taken_end(struct bsync_pull *pull, uint64_t counter)
{
	struct bsync_arena arena;
	struct bsync_carried *list = NULL;
	uint32_t count = 0, capacity = 0;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_OUTBOX_TAKEN, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_arena_init(&arena, BSYNC_FILE_SCRATCH_MAX);
	bsync_db_bind_int64(statement, 1, pull->file->state.shown_seq);
	bsync_db_bind_int64(statement, 2, (int64_t)counter);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		if (count == capacity) {
			struct bsync_carried *more = NULL;

			capacity = capacity == 0 ? 64 : capacity * 2;
			result = bsync_arena_array(&arena, capacity, sizeof(*more), &more);
			if (result != BSYNC_OK)
				break;
			if (count != 0)
				memcpy(more, list, count * sizeof(*more));
			list = more;
		}
		list[count++] = (struct bsync_carried){.pull = pull,
						       .seq = (uint64_t)bsync_db_int64(statement, 0),
						       .counter = (uint64_t)bsync_db_int64(statement, 1),
						       .verdict = bsync_db_int64(statement, 2)};
	}
	bsync_db_reset(statement);
	result = bsync_file_fail_sqlite(pull->file, result);
	for (uint32_t i = 0; result == BSYNC_OK && i < count; i++)
		result = bsync_rebase_changes_each(&list[i], bsync_rebase_take);
	bsync_arena_clear(&arena);
	return result;
}

/* Everything up to the first changeset that no pull includes yet need not be looked at again. */
static enum bsync_result shown_move(struct bsync_file *file, uint64_t counter)
{
	sqlite3_stmt *statement = NULL;
	int64_t shown = 0;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_OPEN, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, file->state.shown_seq);
	bsync_db_bind_int64(statement, 2, (int64_t)counter);
	result = bsync_db_row(statement);
	shown = result == BSYNC_OK && !bsync_db_is_null(statement, 0) ? bsync_db_int64(statement, 0) - 1
								      : (int64_t)file->line.last_seq;
	bsync_db_reset(statement);
	if (result != BSYNC_OK || shown == file->state.shown_seq)
		return bsync_file_fail_sqlite(file, result);
	return BSYNC_FILE_SET(file, shown_seq, shown);
}

/* What an own changeset had put into a scope that this pull drops, is gone with it, wherever the screen has it now. */
static enum bsync_result row_leave(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	return row->entry.is_on_server ? bsync_pull_leave(pull, &row->key, row->packed) : BSYNC_OK;
}

enum bsync_result bsync_rebase_end(struct bsync_pull *pull, uint64_t counter)
{
	enum bsync_result result = BSYNC_OK;

	if (pull->has_pending)
		result = taken_end(pull, counter);
	if (result == BSYNC_OK && pull->has_dropped)
		result = bsync_rebase_rows_each(pull, BSYNC_QUERY_PENDING_MET, row_leave);
	if (result == BSYNC_OK)
		result = shown_move(pull->file, counter);
	return result == BSYNC_OK ? bsync_rebase_replay(pull) : result;
}

/* Carries one own changeset out with `each`, which unlists it. */
static enum bsync_result set_unlist(struct bsync_pull *pull, struct bsync_carried *carried, bsync_carry_change *each)
{
	enum bsync_result result = BSYNC_OK;

	if (!pull->has_pending)
		return BSYNC_OK;
	result = bsync_rebase_changes_each(carried, each);
	return result == BSYNC_OK ? bsync_rebase_replay(pull) : result;
}

enum bsync_result bsync_rebase_keep(struct bsync_pull *pull, uint64_t seq)
{
	struct bsync_carried carried = {.pull = pull, .seq = seq};

	return set_unlist(pull, &carried, bsync_rebase_kept);
}

enum bsync_result bsync_rebase_withdraw(struct bsync_pull *pull, uint64_t seq)
{
	struct bsync_carried carried = {.pull = pull, .seq = seq, .verdict = BSYNC_VERDICT_QUARANTINED};

	return set_unlist(pull, &carried, bsync_rebase_leave);
}
