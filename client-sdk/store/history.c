#include "client-sdk/store/file.h"

#include <assert.h>

#include "client-sdk/store/asked.h"
#include "client-sdk/store/inbox.h"
#include "client-sdk/store/line.h"
#include "client-sdk/store/names.h"
#include "client-sdk/store/past.h"
#include "client-sdk/store/own.h"
#include "client-sdk/store/pending.h"

enum { HISTORY_MAX = 256 << 20 };

/* One listing of a row's values. */
struct listing {
	struct bsync_file *file;
	struct bsync_arena arena;
	struct bsync_names names;
	const struct bsync_table *table;
	struct bsync_record_key key;
	struct bsync_bytes packed;
	struct bsync_own_change *own;
	struct bsync_answer answer;
	uint64_t replaced[BSYNC_COLUMNS_MAX]; /* by column: where it was last replaced, as far as listed */
	bool (*row)(void *context, const struct bsync_past_row *row);
	void *context;
	bool goes_on;
};

static enum bsync_result give(struct listing *listing, const struct bsync_past *past, bool stands)
{
	const int column = bsync_table_column(listing->table, past->column_no);
	struct bsync_past_row row = {.past = past, .stands = stands};
	enum bsync_result result = BSYNC_OK;

	if (column < 0 || !listing->goes_on)
		return BSYNC_OK;
	row.column = listing->table->columns[column].name;
	result = bsync_names_of(&listing->names, &past->variant.author, &listing->arena, &row.author_name);
	if (result == BSYNC_OK)
		listing->goes_on = listing->row(listing->context, &row);
	return result;
}

/* Fills in what this device wrote itself.  Where the cell was replaced after that, it is another's, also when it is equal. */
static void own_fill(const struct listing *listing, struct bsync_past *past, uint64_t before)
{
	const int column = bsync_table_column(listing->table, past->column_no);
	const struct bsync_own_change *own = bsync_own_find(listing->own, past->column_no, &past->variant.value,
							    before);
	const struct bsync_file *file = listing->file;

	if (own == NULL || column < 0 || own->counter < listing->replaced[column])
		return;
	past->variant.dot = (struct bsync_dot){.device = file->identity.device, .line = own->line, .seq = own->seq};
	past->variant.author = file->identity.worker;
	past->variant.device_ms = own->made_ms;
	past->variant.stamp_ms = own->stamp_ms;
	past->variant.counter = own->counter;
}

/* Fills in whose the present value is, as the server said when it was asked, unless a pull has changed the row since; what this
 * device wrote after that it knows itself. */
static void answer_fill(const struct listing *listing, struct bsync_past *past)
{
	const struct bsync_history *history = &listing->answer.history;

	for (uint32_t i = 0; !listing->answer.is_over && i < history->count; i++) {
		const struct bsync_past *told = &history->entries[i];

		if (told->column_no == past->column_no && told->variant.counter > past->variant.counter &&
		    bsync_value_equal(&told->variant.value, &past->variant.value))
			past->variant = told->variant;
	}
}

static void replaced_note(struct listing *listing, const struct bsync_past *past)
{
	const int column = bsync_table_column(listing->table, past->column_no);

	if (column >= 0 && past->replaced_counter > listing->replaced[column])
		listing->replaced[column] = past->replaced_counter;
}

static enum bsync_result past_list(struct listing *listing)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(listing->file, BSYNC_QUERY_PAST_ROW, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, listing->table->no);
	bsync_db_bind_blob(statement, 2, listing->packed);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row && listing->goes_on) {
		struct bsync_past past;

		result = bsync_past_row_read(statement, 0, &listing->arena, &past);
		/* Device NULL: noted when an own edit replaced it. */
		if (result == BSYNC_OK && bsync_db_is_null(statement, 1))
			own_fill(listing, &past, past.replaced_counter);
		replaced_note(listing, &past);
		if (result == BSYNC_OK)
			result = give(listing, &past, false);
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(listing->file, result);
}

/* The versions that stand in a cell in conflict; `*count` says how many. */
static enum bsync_result variants_list(struct listing *listing, uint32_t column_no, uint32_t *count)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(listing->file, BSYNC_QUERY_VARIANT_CELL, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, listing->table->no);
	bsync_db_bind_blob(statement, 2, listing->packed);
	bsync_db_bind_int64(statement, 3, column_no);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_past past = {.column_no = column_no};

		result = bsync_variant_read(statement, 0, &listing->arena, &past.variant);
		if (result == BSYNC_OK)
			result = give(listing, &past, true);
		if (result != BSYNC_OK)
			break;
		(*count)++;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(listing->file, result);
}

/* When own changeset `seq` was made, and where the store has taken it. */
static enum bsync_result made_read(struct bsync_file *file, uint64_t seq, struct bsync_variant *variant)
{
	struct bsync_line_span span;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_STATE, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		variant->device_ms = bsync_db_int64(statement, 1);
		variant->counter = (uint64_t)bsync_db_int64(statement, 2);
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK)
		result = bsync_line_of(file, seq, &span);
	if (result == BSYNC_OK)
		variant->dot.line = span.line;
	return bsync_file_fail_sqlite(file, result);
}

/* What an own edit put there, and before it what the server has. */
static enum bsync_result own_list(struct listing *listing, const struct bsync_pending_edit *edit,
				  const struct bsync_pending_cell *cell, uint32_t column_no,
				  const struct bsync_value *value)
{
	struct bsync_file *file = listing->file;
	struct bsync_past shadow = {.column_no = column_no, .replaced_by = file->identity.worker};
	struct bsync_past own = {.column_no = column_no,
				 .variant = {.dot = {.device = file->identity.device, .seq = edit->last_seq},
					     .author = file->identity.worker,
					     .value = *value}};
	enum bsync_result result = BSYNC_OK;

	if (cell != NULL && cell->has_shadow && !bsync_value_equal(&cell->shadow, value)) {
		shadow.variant.value = cell->shadow;
		own_fill(listing, &shadow, 0);
		result = give(listing, &shadow, false);
	}
	if (result == BSYNC_OK)
		result = made_read(file, edit->last_seq, &own.variant);
	return result == BSYNC_OK ? give(listing, &own, true) : result;
}

static enum bsync_result present_list(struct listing *listing)
{
	static const struct bsync_pending_edit none = {0};
	struct bsync_pending_entry entry;
	struct bsync_value *values = NULL;
	bool is_pending = false;
	enum bsync_result result = bsync_record_read(listing->file, &listing->key, &listing->arena, &values);

	if (result == BSYNC_OK)
		result = bsync_pending_get(listing->file, listing->table->no, listing->packed, &listing->arena, &entry,
					   &is_pending);
	for (uint32_t i = 0; result == BSYNC_OK && values != NULL && i < listing->table->column_count; i++) {
		const struct bsync_column *column = &listing->table->columns[i];
		const struct bsync_pending_cell *cell = is_pending ? bsync_pending_find(&entry, column->no) : NULL;
		const struct bsync_pending_edit *edit = cell != NULL && bsync_pending_is_edited(&cell->edit)
								? &cell->edit
							: is_pending ? &entry.row
								     : &none;
		struct bsync_past past = {.column_no = column->no, .variant = {.value = values[i]}};
		uint32_t variant_count = 0;

		if (column->is_key)
			continue;
		result = variants_list(listing, column->no, &variant_count);
		if (result != BSYNC_OK)
			break;
		/* Of a row that was inserted here, and that the server had: what it had in it was not written here. */
		if (edit == &entry.row && cell != NULL && cell->has_shadow &&
		    bsync_value_equal(&cell->shadow, &values[i]))
			edit = &none;
		if (bsync_pending_is_edited(edit) && (cell != NULL || values[i].kind != BSYNC_NULL))
			result = own_list(listing, edit, cell, column->no, &values[i]);
		else if (variant_count == 0 && values[i].kind != BSYNC_NULL) {
			own_fill(listing, &past, 0);
			answer_fill(listing, &past);
			result = give(listing, &past, true);
		}
	}
	return result;
}

enum bsync_result bsync_file_history(struct bsync_file *file, const char *table, const struct bsync_value *key,
				     uint32_t key_count, bool (*row)(void *context, const struct bsync_past_row *row),
				     void *context)
{
	struct listing listing = {.file = file, .row = row, .context = context, .goes_on = true};
	enum bsync_result result = bsync_file_refresh(file);

	assert(table != NULL && row != NULL);
	if (result != BSYNC_OK)
		return result;
	listing.table = bsync_schema_table_named(file->schema, table);
	if (listing.table == NULL || listing.table->key_count != key_count)
		return bsync_file_fail(file, BSYNC_NOT_FOUND, "there is no synced table %.100s with %u key columns",
				       table, key_count);
	listing.key = (struct bsync_record_key){
		.table = (uint32_t)(listing.table - file->schema->tables), .count = key_count, .values = key};
	bsync_arena_init(&listing.arena, HISTORY_MAX);
	result = bsync_key_pack(&listing.arena, key, key_count, &listing.packed);
	if (result == BSYNC_OK)
		result = bsync_names_begin(file, &listing.names);
	if (result == BSYNC_OK)
		result = bsync_own_read(file, listing.table->no, key, key_count, &listing.arena, &listing.own);
	if (result == BSYNC_OK)
		result = bsync_asked_read(file, listing.table->no, listing.packed, &listing.arena, &listing.answer);
	if (result == BSYNC_OK)
		result = past_list(&listing);
	if (result == BSYNC_OK)
		result = present_list(&listing);
	bsync_names_end(&listing.names);
	bsync_arena_clear(&listing.arena);
	return result;
}
