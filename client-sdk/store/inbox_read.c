#include "client-sdk/store/inbox.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/record.h"
#include "client-sdk/store/resolve.h"
#include "core/merge.h"

enum bsync_result bsync_variant_read(struct sqlite3_stmt *statement, int column, struct bsync_arena *arena,
				     struct bsync_variant *variant)
{
	struct bsync_value value = bsync_db_value(statement, column + 7);

	*variant = (struct bsync_variant){0};
	/* Device NULL: a value whose author this device never knew. */
	if (!bsync_db_is_null(statement, column) &&
	    (!bsync_variant_dot(statement, column, &variant->dot) ||
	     !bsync_db_copy(statement, column + 3, variant->author.bytes, BSYNC_ID_SIZE)))
		return BSYNC_STORAGE_CORRUPT;
	variant->device_ms = bsync_db_int64(statement, column + 4);
	variant->stamp_ms = bsync_db_int64(statement, column + 5);
	variant->counter = (uint64_t)bsync_db_int64(statement, column + 6);
	return bsync_value_copy(arena, &value, &variant->value) ? BSYNC_OK : BSYNC_NO_MEMORY;
}

/* Adds one version to the conflict's array, which doubles. */
static enum bsync_result variant_add(struct bsync_conflict *conflict, sqlite3_stmt *row, struct bsync_arena *arena)
{
	const uint32_t count = conflict->variant_count;

	/* Full at each power of two. */
	if ((count & (count - 1)) == 0) {
		struct bsync_variant *larger = NULL;
		enum bsync_result result = bsync_arena_array(arena, count == 0 ? 2 : (size_t)count * 2, sizeof(*larger),
							     &larger);

		if (result != BSYNC_OK)
			return result;
		if (count != 0)
			memcpy(larger, conflict->variants, count * sizeof(*larger));
		conflict->variants = larger;
	}
	conflict->variant_count++;
	return bsync_variant_read(row, 3, arena, &conflict->variants[count]);
}

static enum bsync_result conflict_begin(struct bsync_file *file, sqlite3_stmt *row, struct bsync_arena *arena,
					struct bsync_conflict **out)
{
	const struct bsync_table *table = bsync_schema_table(file->schema, (uint32_t)bsync_db_int64(row, 0));
	const int column = table == NULL ? -1 : bsync_table_column(table, (uint32_t)bsync_db_int64(row, 2));
	struct bsync_conflict *conflict = NULL;

	if (column < 0)
		return BSYNC_STORAGE_CORRUPT;
	conflict = bsync_arena_take(arena, sizeof(*conflict));
	if (conflict == NULL)
		return BSYNC_NO_MEMORY;
	conflict->table = table;
	conflict->column = (uint32_t)column;
	conflict->packed = bsync_arena_copy(arena, bsync_db_bytes(row, 1));
	if (conflict->packed.data == NULL)
		return BSYNC_NO_MEMORY;
	*out = conflict;
	return bsync_key_unpack(arena, conflict->packed, &conflict->key, &conflict->key_count);
}

static bool is_of(const struct bsync_conflict *conflict, sqlite3_stmt *row)
{
	return conflict != NULL && conflict->table->no == (uint32_t)bsync_db_int64(row, 0) &&
	       conflict->table->columns[conflict->column].no == (uint32_t)bsync_db_int64(row, 2) &&
	       bsync_bytes_equal(conflict->packed, bsync_db_bytes(row, 1));
}

static enum bsync_result id_make(struct bsync_conflict *conflict, struct bsync_arena *arena)
{
	struct bsync_dot *dots = NULL;
	enum bsync_result result = bsync_arena_array(arena, conflict->variant_count, sizeof(*dots), &dots);

	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < conflict->variant_count; i++)
		dots[i] = conflict->variants[i].dot;
	bsync_conflict_id(conflict->table->no, conflict->key, conflict->key_count,
			  conflict->table->columns[conflict->column].no, conflict->variant_count, dots, conflict->id);
	return BSYNC_OK;
}

/* Every cell with several versions, whether its row is here or not. */
static enum bsync_result standing_read(struct bsync_file *file, struct bsync_arena *arena,
				       struct bsync_conflict **first)
{
	struct bsync_conflict *now = NULL;
	struct bsync_conflict **last = first;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_VARIANT_ALL, &statement);

	*first = NULL;
	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		if (!is_of(now, statement)) {
			result = conflict_begin(file, statement, arena, &now);
			if (result != BSYNC_OK)
				break;
			*last = now;
			last = &now->next;
		}
		result = variant_add(now, statement, arena);
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(statement);
	for (now = *first; result == BSYNC_OK && now != NULL; now = now->next)
		result = id_make(now, arena);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result is_row_here(struct bsync_file *file, const struct bsync_table *table,
				     const struct bsync_value *key, uint32_t key_count, bool *is_here)
{
	const struct bsync_record_key record = {
		.table = (uint32_t)(table - file->schema->tables), .count = key_count, .values = key};

	return bsync_record_exists(file, &record, is_here);
}

enum bsync_result bsync_conflicts_read(struct bsync_file *file, struct bsync_arena *arena,
				       struct bsync_conflict **first)
{
	struct bsync_conflict **link = first;
	enum bsync_result result = standing_read(file, arena, first);

	while (result == BSYNC_OK && *link != NULL) {
		const struct bsync_conflict *conflict = *link;
		bool is_here = false;

		result = is_row_here(file, conflict->table, conflict->key, conflict->key_count, &is_here);
		if (is_here)
			link = &(*link)->next;
		else
			*link = conflict->next;
	}
	return result;
}

/* The array that bsync_pull_item wrote. */
static enum bsync_result cells_read(struct bsync_bytes packed, struct bsync_arena *arena, struct bsync_store_item *item)
{
	enum { OBJECTS_MAX = 20 * (BSYNC_COLUMNS_MAX + 1) };
	const struct bsync_guard_limits limits = {
		.depth_max = 4, .objects_max = OBJECTS_MAX, .size_max = BSYNC_DB_VALUE_SIZE_MAX};
	struct bsync_bytes copy = bsync_arena_copy(arena, packed);
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	if (copy.size != packed.size)
		return BSYNC_NO_MEMORY;
	bsync_reader_init(&reader, copy, &limits);
	item->cell_count = bsync_read_array(&reader, 0, BSYNC_COLUMNS_MAX);
	result = bsync_arena_array(arena, item->cell_count, sizeof(*item->cells), &item->cells);
	for (uint32_t i = 0; result == BSYNC_OK && i < item->cell_count; i++) {
		struct bsync_past *past = &item->cells[i];
		struct bsync_variant *variant = &past->variant;

		bsync_read_array(&reader, 4, 4);
		past->column_no = (uint32_t)bsync_read_unsigned(&reader, UINT32_MAX);
		bsync_read_array(&reader, 8, 8);
		bsync_read_fixed(&reader, variant->dot.device.bytes, BSYNC_ID_SIZE);
		bsync_read_fixed(&reader, variant->dot.line.bytes, BSYNC_ID_SIZE);
		variant->dot.seq = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
		bsync_read_fixed(&reader, variant->author.bytes, BSYNC_ID_SIZE);
		variant->device_ms = bsync_read_integer(&reader);
		variant->stamp_ms = bsync_read_integer(&reader);
		variant->counter = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
		variant->value = bsync_read_value(&reader);
		past->replaced_counter = bsync_read_unsigned(&reader, BSYNC_COUNTER_MAX);
		bsync_read_fixed(&reader, past->replaced_by.bytes, BSYNC_ID_SIZE);
	}
	if (result == BSYNC_OK && bsync_reader_end(&reader) != BSYNC_OK)
		result = BSYNC_STORAGE_CORRUPT;
	return result;
}

static const char *text_copy(struct bsync_arena *arena, struct bsync_bytes text)
{
	char *copy = bsync_arena_take(arena, text.size + 1);

	if (copy != NULL && text.size != 0)
		memcpy(copy, text.data, text.size);
	return copy;
}

static enum bsync_result item_read(struct bsync_file *file, sqlite3_stmt *row, struct bsync_arena *arena,
				   struct bsync_store_item **out)
{
	struct bsync_store_item *item = bsync_arena_take(arena, sizeof(*item));
	const struct bsync_value scope = bsync_db_value(row, 11);
	enum bsync_result result = BSYNC_OK;

	if (item == NULL || !bsync_value_copy(arena, &scope, &item->scope))
		return BSYNC_NO_MEMORY;
	item->kind = text_copy(arena, bsync_db_bytes(row, 1));
	item->table_no = (uint32_t)bsync_db_int64(row, 2);
	item->table = bsync_schema_table(file->schema, item->table_no);
	item->packed = bsync_arena_copy(arena, bsync_db_bytes(row, 3));
	item->reason = text_copy(arena, bsync_db_bytes(row, 5));
	item->counter = (uint64_t)bsync_db_int64(row, 6);
	item->device_ms = bsync_db_int64(row, 8);
	item->stamp_ms = bsync_db_int64(row, 9);
	item->circle_no = (uint32_t)bsync_db_int64(row, 10);
	if (item->kind == NULL || item->reason == NULL || item->packed.data == NULL)
		return BSYNC_NO_MEMORY;
	if (!bsync_db_copy(row, 0, item->id, sizeof(item->id)) ||
	    !bsync_db_copy(row, 4, item->author.bytes, BSYNC_ID_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	result = bsync_key_unpack(arena, item->packed, &item->key, &item->key_count);
	*out = item;
	return result == BSYNC_OK ? cells_read(bsync_db_bytes(row, 7), arena, item) : result;
}

enum bsync_result bsync_store_items_read(struct bsync_file *file, struct bsync_arena *arena,
					 struct bsync_store_item **first)
{
	struct bsync_store_item **last = first;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_ITEM_ALL, &statement);

	*first = NULL;
	if (result != BSYNC_OK)
		return result;
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		result = item_read(file, statement, arena, last);
		if (result != BSYNC_OK)
			break;
		last = &(*last)->next;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}
