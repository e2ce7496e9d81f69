#include "client-sdk/store/pending.h"

#include <assert.h>
#include <string.h>

/* An entry is the array [is_on_server, edit, gone_counter, deleted_seq, cells] with edit = [first, last, taken, taken_counter, incarnation,
 * counter] or nil, and cells = [column_no, edit, has_shadow, shadow, ...]. */
enum { ENTRY_PARTS = 5, EDIT_PARTS = 6, CELL_PARTS = 4, DEPTH_MAX = 4 };

bool bsync_pending_is_edited(const struct bsync_pending_edit *edit)
{
	return edit->last_seq != 0;
}

bool bsync_pending_is_unsent(const struct bsync_pending_edit *edit)
{
	return edit->last_seq > edit->taken_seq;
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

static void edit_write(struct bsync_writer *writer, const struct bsync_pending_edit *edit)
{
	if (!bsync_pending_is_edited(edit)) {
		bsync_write_nil(writer);
		return;
	}
	bsync_write_array(writer, EDIT_PARTS);
	bsync_write_unsigned(writer, edit->first_seq);
	bsync_write_unsigned(writer, edit->last_seq);
	bsync_write_unsigned(writer, edit->taken_seq);
	bsync_write_unsigned(writer, edit->taken_counter);
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
	edit->taken_seq = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
	edit->taken_counter = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
	edit->base.incarnation = (uint32_t)bsync_read_unsigned(reader, UINT32_MAX);
	edit->base.counter = bsync_read_unsigned(reader, BSYNC_COUNTER_MAX);
}

enum bsync_result bsync_pending_decode(struct bsync_bytes edits, struct bsync_arena *arena,
				       struct bsync_pending_entry *entry)
{
	const struct bsync_guard_limits limits = {.depth_max = DEPTH_MAX,
						  .objects_max = (BSYNC_COLUMNS_MAX + 1) * (CELL_PARTS + EDIT_PARTS) +
								 ENTRY_PARTS + 1,
						  .size_max = BSYNC_DB_VALUE_SIZE_MAX};
	struct bsync_bytes copy = bsync_arena_copy(arena, edits);
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;
	uint32_t count = 0;

	if (copy.size != edits.size)
		return BSYNC_NO_MEMORY;
	bsync_reader_init(&reader, copy, &limits);
	bsync_read_array(&reader, ENTRY_PARTS, ENTRY_PARTS);
	entry->is_on_server = bsync_read_bool(&reader);
	edit_read(&reader, &entry->row);
	entry->gone_counter = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
	entry->deleted_seq = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
	count = bsync_read_array(&reader, 0, BSYNC_COLUMNS_MAX * CELL_PARTS) / CELL_PARTS;
	result = bsync_arena_array(arena, count, sizeof(*entry->cells), &entry->cells);
	if (result != BSYNC_OK)
		return result;
	entry->cell_count = count;
	for (uint32_t i = 0; i < count; i++) {
		entry->cells[i].column_no = (uint32_t)bsync_read_unsigned(&reader, UINT32_MAX);
		edit_read(&reader, &entry->cells[i].edit);
		entry->cells[i].has_shadow = bsync_read_bool(&reader);
		entry->cells[i].shadow = bsync_read_value(&reader);
	}
	return bsync_reader_end(&reader) == BSYNC_OK ? BSYNC_OK : BSYNC_STORAGE_CORRUPT;
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

/* The least position of a thing of which the store has taken every edit; 0 none. */
static uint64_t least_taken(const struct bsync_pending_entry *entry)
{
	uint64_t least = 0;

	if (bsync_pending_is_edited(&entry->row) && !bsync_pending_is_unsent(&entry->row))
		least = entry->row.taken_counter;
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		const struct bsync_pending_edit *edit = &entry->cells[i].edit;

		if (!bsync_pending_is_edited(edit) || bsync_pending_is_unsent(edit))
			continue;
		if (least == 0 || edit->taken_counter < least)
			least = edit->taken_counter;
	}
	return least;
}

static bool has_edit(const struct bsync_pending_entry *entry)
{
	if (bsync_pending_is_edited(&entry->row))
		return true;
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		if (bsync_pending_is_edited(&entry->cells[i].edit))
			return true;
	}
	return false;
}

static enum bsync_result entry_encode(const struct bsync_pending_entry *entry, struct bsync_buffer *out)
{
	struct bsync_writer writer;

	bsync_writer_init(&writer, out);
	bsync_write_array(&writer, ENTRY_PARTS);
	bsync_write_bool(&writer, entry->is_on_server);
	edit_write(&writer, &entry->row);
	bsync_write_unsigned(&writer, entry->gone_counter);
	bsync_write_unsigned(&writer, entry->deleted_seq);
	bsync_write_array(&writer, entry->cell_count * CELL_PARTS);
	for (uint32_t i = 0; i < entry->cell_count; i++) {
		bsync_write_unsigned(&writer, entry->cells[i].column_no);
		edit_write(&writer, &entry->cells[i].edit);
		bsync_write_bool(&writer, entry->cells[i].has_shadow);
		bsync_write_value(&writer, &entry->cells[i].shadow);
	}
	return writer.result;
}

enum bsync_result bsync_pending_put(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				    const struct bsync_pending_entry *entry)
{
	const bool is_kept = has_edit(entry);
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
		bsync_db_bind_int64(statement, 3, (int64_t)least_taken(entry));
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

		if (bsync_pending_is_edited(&cell->edit) || (cell->has_shadow && bsync_pending_is_edited(&entry->row)))
			entry->cells[kept++] = *cell;
	}
	entry->cell_count = kept;
}
