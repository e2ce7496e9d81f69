#include "client-sdk/store/own.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/asked.h"
#include "client-sdk/store/names.h"

/* What the outbox says of the changeset beside its bytes. */
static enum bsync_result entry_read(struct bsync_file *file, struct bsync_arena *arena, struct bsync_own_change *change)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_ENTRY, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)change->seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		struct bsync_bytes reason = bsync_db_bytes(statement, 5);
		char *copy = bsync_arena_take(arena, reason.size + 1);

		change->state = (enum bsync_outbox_state)bsync_db_int64(statement, 0);
		change->made_ms = bsync_db_int64(statement, 1);
		change->counter = change->state == BSYNC_OUTBOX_WAITING ? 0 : (uint64_t)bsync_db_int64(statement, 2);
		change->stamp_ms = bsync_db_int64(statement, 3);
		change->verdict = (uint32_t)bsync_db_int64(statement, 4);
		if (copy != NULL && reason.size != 0)
			memcpy(copy, reason.data, reason.size);
		change->reason = copy;
		if (copy == NULL)
			result = BSYNC_NO_MEMORY;
		else if (!bsync_db_copy(statement, 6, change->line.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static bool is_of(const struct bsync_change *change, uint32_t table_no, const struct bsync_value *key,
		  uint32_t key_count)
{
	if (change->table_no != table_no || change->key_count != key_count)
		return false;
	for (uint32_t i = 0; i < key_count; i++)
		if (!bsync_value_equal(&change->key[i], &key[i]))
			return false;
	return true;
}

static enum bsync_result change_keep(struct bsync_file *file, const struct bsync_change *found, uint64_t seq,
				     struct bsync_arena *arena, struct bsync_own_change **out)
{
	struct bsync_own_change *change = bsync_arena_take(arena, sizeof(*change));
	enum bsync_result result = BSYNC_OK;

	if (change == NULL)
		return BSYNC_NO_MEMORY;
	change->seq = seq;
	change->kind = found->kind;
	change->cell_count = found->cell_count;
	result = bsync_arena_array(arena, found->cell_count, sizeof(*change->cells), &change->cells);
	for (uint32_t i = 0; result == BSYNC_OK && i < found->cell_count; i++) {
		change->cells[i] = (struct bsync_cell_write){.column_no = found->cells[i].column_no,
							     .kind = found->cells[i].kind};
		if (found->cells[i].kind == BSYNC_WRITE_VALUE &&
		    !bsync_value_copy(arena, &found->cells[i].value, &change->cells[i].value))
			result = BSYNC_NO_MEMORY;
	}
	*out = change;
	return result == BSYNC_OK ? entry_read(file, arena, change) : result;
}

enum bsync_result bsync_own_read(struct bsync_file *file, uint32_t table_no, const struct bsync_value *key,
				 uint32_t key_count, struct bsync_arena *arena, struct bsync_own_change **first)
{
	const uint64_t last = file->line.last_seq;
	const uint64_t oldest = last > BSYNC_OWN_CHANGESETS_MAX ? last - BSYNC_OWN_CHANGESETS_MAX : 0;
	struct bsync_own_change **link = NULL;

	assert(key != NULL && first != NULL);
	link = first;
	*link = NULL;
	for (uint64_t seq = last; seq > oldest; seq--) {
		struct bsync_changeset set;
		enum bsync_result result;

		bsync_arena_reset(&file->scratch);
		result = bsync_outbox_open(file, seq, &file->scratch, &set);
		/* Between two lines there are numbers of no changeset. */
		if (result == BSYNC_NOT_FOUND)
			continue;
		for (uint32_t i = 0; result == BSYNC_OK && i < set.change_count; i++) {
			if (!is_of(&set.changes[i], table_no, key, key_count))
				continue;
			result = change_keep(file, &set.changes[i], seq, arena, link);
			if (result == BSYNC_OK)
				link = &(*link)->next;
			break;
		}
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

const struct bsync_own_change *bsync_own_find(const struct bsync_own_change *first, uint32_t column_no,
					      const struct bsync_value *value, uint64_t before)
{
	assert(value != NULL);
	for (const struct bsync_own_change *change = first; change != NULL; change = change->next) {
		if (change->state != BSYNC_OUTBOX_DURABLE || (before != 0 && change->counter >= before))
			continue;
		for (uint32_t i = 0; i < change->cell_count; i++) {
			const struct bsync_cell_write *write = &change->cells[i];

			if (write->column_no == column_no)
				return write->kind == BSYNC_WRITE_VALUE && bsync_value_equal(&write->value, value)
					       ? change
					       : NULL;
		}
	}
	return NULL;
}

/* --- Whose devices have it --- */

static bool face_has(const struct bsync_table *table, uint32_t face_no, uint32_t column_no)
{
	const int column = bsync_table_column(table, column_no);

	for (uint32_t i = 0; column >= 0 && i < table->face_count; i++) {
		if (table->faces[i].no == face_no)
			return table->faces[i].has_column[column];
	}
	return false;
}

/* True when the worker's devices have this cell of the change; a cell that no face gives nobody has to have. */
static bool has_cell(const struct bsync_table *table, const struct bsync_history *history,
		     const struct bsync_worker_id *worker, const struct bsync_own_change *change, uint32_t column_no)
{
	bool is_given = false;

	for (uint32_t i = 0; i < table->face_count && !is_given; i++)
		is_given = face_has(table, table->faces[i].no, column_no);
	for (uint32_t i = 0; i < history->holder_count; i++) {
		const struct bsync_holder *holder = &history->holders[i];

		if (memcmp(holder->worker.bytes, worker->bytes, BSYNC_ID_SIZE) == 0 &&
		    holder->counter >= change->counter && face_has(table, holder->face_no, column_no))
			return true;
	}
	return !is_given;
}

/* True for the first of the worker's entries that has come far enough, when the worker's devices have the whole change. */
static bool is_holder(const struct bsync_table *table, const struct bsync_history *history, uint32_t index,
		      const struct bsync_own_change *change)
{
	const struct bsync_holder *holder = &history->holders[index];

	if (holder->counter < change->counter)
		return false;
	for (uint32_t i = 0; i < index; i++) {
		if (memcmp(history->holders[i].worker.bytes, holder->worker.bytes, BSYNC_ID_SIZE) == 0 &&
		    history->holders[i].counter >= change->counter)
			return false;
	}
	for (uint32_t i = 0; i < change->cell_count; i++) {
		if (!has_cell(table, history, &holder->worker, change, change->cells[i].column_no))
			return false;
	}
	return true;
}

/* One listing of own changes. */
struct listing {
	struct bsync_file *file;
	const struct bsync_table *table;
	struct bsync_arena arena;
	struct bsync_names names;
	struct bsync_answer answer;
};

static enum bsync_result holders_fill(struct listing *listing, const struct bsync_own_change *change,
				      struct bsync_own_row *row)
{
	const struct bsync_history *history = &listing->answer.history;
	struct bsync_own_holder *holders = NULL;
	enum bsync_result result = BSYNC_OK;

	row->asked_ms = listing->answer.answered_ms;
	if (change->counter == 0 || history->holder_count == 0)
		return BSYNC_OK;
	result = bsync_arena_array(&listing->arena, history->holder_count, sizeof(*holders), &holders);
	for (uint32_t i = 0; result == BSYNC_OK && i < history->holder_count; i++) {
		struct bsync_own_holder *holder = NULL;

		if (!is_holder(listing->table, history, i, change))
			continue;
		holder = &holders[row->holder_count++];
		holder->worker = history->holders[i].worker;
		result = bsync_names_of(&listing->names, &holder->worker, &listing->arena, &holder->name);
	}
	row->holders = holders;
	return result;
}

static enum bsync_result listing_begin(struct listing *listing, const struct bsync_value *key, uint32_t key_count,
				       struct bsync_own_change **change)
{
	struct bsync_bytes packed = {NULL, 0};
	enum bsync_result result = bsync_key_pack(&listing->arena, key, key_count, &packed);

	if (result == BSYNC_OK)
		result = bsync_asked_read(listing->file, listing->table->no, packed, &listing->arena, &listing->answer);
	if (result == BSYNC_OK)
		result = bsync_names_begin(listing->file, &listing->names);
	return result == BSYNC_OK
		       ? bsync_own_read(listing->file, listing->table->no, key, key_count, &listing->arena, change)
		       : result;
}

enum bsync_result bsync_file_own(struct bsync_file *file, const char *table, const struct bsync_value *key,
				 uint32_t key_count, bool (*row)(void *context, const struct bsync_own_row *row),
				 void *context)
{
	enum { OWN_MAX = 256 << 20 };
	struct listing listing = {.file = file};
	struct bsync_own_change *change = NULL;
	enum bsync_result result = bsync_file_refresh(file);

	assert(table != NULL && row != NULL);
	if (result != BSYNC_OK)
		return result;
	listing.table = bsync_schema_table_named(file->schema, table);
	if (listing.table == NULL || listing.table->key_count != key_count)
		return bsync_file_fail(file, BSYNC_NOT_FOUND, "there is no synced table %.100s with %u key columns",
				       table, key_count);
	bsync_arena_init(&listing.arena, OWN_MAX);
	result = listing_begin(&listing, key, key_count, &change);
	for (; result == BSYNC_OK && change != NULL; change = change->next) {
		struct bsync_own_row one = {.seq = change->seq,
					    .state = change->state,
					    .is_sent = change->state == BSYNC_OUTBOX_WAITING &&
						       (int64_t)change->seq <= file->state.sent_seq,
					    .made_ms = change->made_ms,
					    .stamp_ms = change->stamp_ms,
					    .counter = change->counter,
					    .verdict = (enum bsync_verdict)change->verdict,
					    .reason = change->reason};

		result = holders_fill(&listing, change, &one);
		if (result == BSYNC_OK && !row(context, &one))
			break;
	}
	bsync_names_end(&listing.names);
	bsync_arena_clear(&listing.arena);
	return result;
}
