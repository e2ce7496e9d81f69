#include "client-sdk/store/pending.h"

#include <assert.h>
#include <string.h>

/* An entry is the array [is_on_server, is_gone, is_met, is_shown, heard, hidden_seq, edit, seqs, cells] with edit = [first, last, incarnation,
 * counter] or nil, and cells = [column_no, edit, heard, has_shadow, shadow, origin, ...]. */
enum { ENTRY_PARTS = 9, EDIT_PARTS = 4, CELL_PARTS = 6, DEPTH_MAX = 4, SEQS_MAX = 1 << 20 };

bool bsync_pending_is_edited(const struct bsync_pending_edit *edit)
{
	return edit->last_seq != 0;
}

void bsync_pending_count(struct bsync_pending_edit *edit, uint64_t seq, struct bsync_position base)
{
	assert(seq >= edit->last_seq);
	if (edit->last_seq == 0) {
		edit->first_seq = seq;
		edit->base = base;
	}
	edit->last_seq = seq;
}

enum bsync_result bsync_pending_list(struct bsync_pending_entry *entry, struct bsync_arena *arena, uint64_t seq)
{
	uint64_t *seqs = NULL;
	uint32_t at = entry->seq_count;
	enum bsync_result result = BSYNC_OK;

	assert(!bsync_pending_lists(entry, seq));
	if (entry->seq_count >= SEQS_MAX)
		return BSYNC_TOO_LARGE;
	result = bsync_arena_array(arena, entry->seq_count + 1, sizeof(*seqs), &seqs);
	if (result != BSYNC_OK)
		return result;
	while (at > 0 && entry->seqs[at - 1] > seq)
		at--;
	if (entry->seq_count != 0) {
		memcpy(seqs, entry->seqs, at * sizeof(*seqs));
		memcpy(seqs + at + 1, entry->seqs + at, (entry->seq_count - at) * sizeof(*seqs));
	}
	seqs[at] = seq;
	entry->seq_count++;
	entry->seqs = seqs;
	return BSYNC_OK;
}

bool bsync_pending_lists(const struct bsync_pending_entry *entry, uint64_t seq)
{
	for (uint32_t i = 0; i < entry->seq_count; i++) {
		if (entry->seqs[i] == seq)
			return true;
	}
	return false;
}

void bsync_pending_unlist(struct bsync_pending_entry *entry, uint64_t seq)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < entry->seq_count; i++) {
		if (entry->seqs[i] != seq)
			entry->seqs[kept++] = entry->seqs[i];
	}
	entry->seq_count = kept;
}

static void edit_write(struct bsync_writer *writer, const struct bsync_pending_edit *edit)
{
	if (!bsync_pending_is_edited(edit)) {
		bsync_write_nil(writer);
		return;
	}
	bsync_write_array(writer, EDIT_PARTS);
	bsync_write_unsigned(writer, edit->first_seq);
	bsync_write_unsigned(writer, edit->last_seq);
	bsync_write_unsigned(writer, edit->base.incarnation);
	bsync_write_unsigned(writer, edit->base.counter);
}

static void edit_read(struct bsync_reader *reader, struct bsync_pending_edit *edit)
{
	*edit = (struct bsync_pending_edit){0};
	if (bsync_read_is_nil(reader)) {
		bsync_read_nil(reader);
		return;
	}
	bsync_read_array(reader, EDIT_PARTS, EDIT_PARTS);
	edit->first_seq = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
	edit->last_seq = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
	edit->base.incarnation = (uint32_t)bsync_read_unsigned(reader, UINT32_MAX);
	edit->base.counter = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
}

/* What is read was written by entry_encode, unless the file is damaged: later steps count on the order. */
static bool is_ordered(const struct bsync_pending_entry *entry)
{
	for (uint32_t i = 1; i < entry->seq_count; i++) {
		if (entry->seqs[i - 1] >= entry->seqs[i])
			return false;
	}
	for (uint32_t i = 1; i < entry->cell_count; i++) {
		if (entry->cells[i - 1].column_no >= entry->cells[i].column_no)
			return false;
	}
	return true;
}

static enum bsync_result seqs_read(struct bsync_reader *reader, struct bsync_arena *arena,
				   struct bsync_pending_entry *entry)
{
	uint32_t count = bsync_read_array(reader, 0, SEQS_MAX);
	enum bsync_result result = bsync_arena_array(arena, count, sizeof(*entry->seqs), &entry->seqs);

	for (uint32_t i = 0; result == BSYNC_OK && i < count; i++)
		entry->seqs[i] = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
	entry->seq_count = result == BSYNC_OK ? count : 0;
	return result;
}

static enum bsync_result cells_read(struct bsync_reader *reader, struct bsync_arena *arena,
				    struct bsync_pending_entry *entry)
{
	uint32_t count = bsync_read_array(reader, 0, BSYNC_COLUMNS_MAX * CELL_PARTS) / CELL_PARTS;
	enum bsync_result result = bsync_arena_array(arena, count, sizeof(*entry->cells), &entry->cells);

	for (uint32_t i = 0; result == BSYNC_OK && i < count; i++) {
		struct bsync_pending_cell *cell = &entry->cells[i];

		cell->column_no = (uint32_t)bsync_read_unsigned(reader, UINT32_MAX);
		edit_read(reader, &cell->edit);
		cell->heard = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
		cell->has_shadow = bsync_read_bool(reader);
		cell->shadow = bsync_read_value(reader);
		cell->origin = bsync_read_value(reader);
	}
	entry->cell_count = result == BSYNC_OK ? count : 0;
	return result;
}

enum bsync_result bsync_pending_decode(struct bsync_bytes edits, struct bsync_arena *arena,
				       struct bsync_pending_entry *entry)
{
	const struct bsync_guard_limits limits = {.depth_max = DEPTH_MAX,
						  .objects_max = (BSYNC_COLUMNS_MAX + 1) * (CELL_PARTS + EDIT_PARTS) +
								 ENTRY_PARTS + SEQS_MAX + 1,
						  .size_max = BSYNC_DB_VALUE_SIZE_MAX};
	struct bsync_bytes copy = bsync_arena_copy(arena, edits);
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	if (copy.size != edits.size)
		return BSYNC_NO_MEMORY;
	*entry = (struct bsync_pending_entry){0};
	bsync_reader_init(&reader, copy, &limits);
	bsync_read_array(&reader, ENTRY_PARTS, ENTRY_PARTS);
	entry->is_on_server = bsync_read_bool(&reader);
	entry->is_gone = bsync_read_bool(&reader);
	entry->is_met = bsync_read_bool(&reader);
	entry->is_shown = bsync_read_bool(&reader);
	entry->heard = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
	entry->hidden_seq = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
	edit_read(&reader, &entry->row);
	result = seqs_read(&reader, arena, entry);
	if (result == BSYNC_OK)
		result = cells_read(&reader, arena, entry);
	if (result != BSYNC_OK)
		return result;
	return bsync_reader_end(&reader) == BSYNC_OK && is_ordered(entry) ? BSYNC_OK : BSYNC_STORAGE_CORRUPT;
}

enum bsync_result bsync_pending_get(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				    struct bsync_arena *arena, struct bsync_pending_entry *entry, bool *found)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_PENDING_GET, &statement);

	if (result != BSYNC_OK)
		return result;
	*entry = (struct bsync_pending_entry){.is_on_server = true};
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	result = bsync_db_step(statement, found);
	if (result == BSYNC_OK && *found)
		result = bsync_pending_decode(bsync_db_bytes(statement, 0), arena, entry);
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result entry_encode(const struct bsync_pending_entry *entry, struct bsync_buffer *out)
{
	struct bsync_writer writer;

	bsync_writer_init(&writer, out);
	bsync_write_array(&writer, ENTRY_PARTS);
	bsync_write_bool(&writer, entry->is_on_server);
	bsync_write_bool(&writer, entry->is_gone);
	bsync_write_bool(&writer, entry->is_met);
	bsync_write_bool(&writer, entry->is_shown);
	bsync_write_unsigned(&writer, entry->heard);
	bsync_write_unsigned(&writer, entry->hidden_seq);
	edit_write(&writer, &entry->row);
	bsync_write_array(&writer, entry->seq_count);
	for (uint32_t i = 0; i < entry->seq_count; i++)
		bsync_write_unsigned(&writer, entry->seqs[i]);
	bsync_write_array(&writer, entry->cell_count * CELL_PARTS);
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		const struct bsync_pending_cell *cell = &entry->cells[i];

		bsync_write_unsigned(&writer, cell->column_no);
		edit_write(&writer, &cell->edit);
		bsync_write_unsigned(&writer, cell->heard);
		bsync_write_bool(&writer, cell->has_shadow);
		bsync_write_value(&writer, &cell->shadow);
		bsync_write_value(&writer, &cell->origin);
	}
	return writer.result;
}

enum bsync_result bsync_pending_put(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				    const struct bsync_pending_entry *entry)
{
	/* One that a pull has met stays until the end of the pull. */
	const bool is_kept = entry->seq_count != 0 || entry->is_met;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, is_kept ? BSYNC_QUERY_PENDING_PUT : BSYNC_QUERY_PENDING_DROP,
					       &statement);

	if (result != BSYNC_OK)
		return result;
	file->encoded.size = 0;
	if (is_kept)
		result = entry_encode(entry, &file->encoded);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
	if (is_kept) {
		bsync_db_bind_int64(statement, 3, entry->is_met);
		bsync_db_bind_blob(statement, 4, bsync_buffer_bytes(&file->encoded));
	}
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

struct bsync_pending_cell *bsync_pending_find(const struct bsync_pending_entry *entry, uint32_t column_no)
{
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		if (entry->cells[i].column_no == column_no)
			return &entry->cells[i];
	}
	return NULL;
}

enum bsync_result bsync_pending_take(struct bsync_pending_entry *entry, struct bsync_arena *arena, uint32_t column_no,
				     struct bsync_pending_cell **cell)
{
	struct bsync_pending_cell *cells = NULL;
	uint32_t at = 0;
	enum bsync_result result = BSYNC_OK;

	*cell = bsync_pending_find(entry, column_no);
	if (*cell != NULL)
		return BSYNC_OK;
	if (entry->cell_count >= BSYNC_COLUMNS_MAX)
		return BSYNC_TOO_LARGE;
	result = bsync_arena_array(arena, entry->cell_count + 1, sizeof(*cells), &cells);
	if (result != BSYNC_OK)
		return result;
	while (at < entry->cell_count && entry->cells[at].column_no < column_no)
		at++;
	if (entry->cell_count != 0) {
		memcpy(cells, entry->cells, at * sizeof(*cells));
		memcpy(cells + at + 1, entry->cells + at, (entry->cell_count - at) * sizeof(*cells));
	}
	cells[at] = (struct bsync_pending_cell){.column_no = column_no};
	entry->cells = cells;
	entry->cell_count++;
	*cell = &cells[at];
	return BSYNC_OK;
}

void bsync_pending_prune(struct bsync_pending_entry *entry)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < entry->cell_count; i++) {
		const struct bsync_pending_cell *cell = &entry->cells[i];

		if (bsync_pending_is_edited(&cell->edit) || cell->has_shadow || bsync_pending_is_edited(&entry->row))
			entry->cells[kept++] = *cell;
	}
	entry->cell_count = kept;
}
