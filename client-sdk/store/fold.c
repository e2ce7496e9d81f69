#include "client-sdk/store/fold.h"

#include <assert.h>
#include <string.h>

enum { SLOTS_FIRST = 64 };

/* The rows by table and key: open addressing over a power of two, at most half full. */
struct index {
	struct bsync_fold_row **slots;
	uint32_t size;
	struct bsync_fold_row **last;
};

static uint32_t hash_of(uint32_t table, struct bsync_bytes key)
{
	uint32_t hash = 2166136261u ^ table;

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ key.data[i]) * 16777619u;
	return hash;
}

/* The slot of a row, or the free one where it belongs. */
static struct bsync_fold_row **slot_of(const struct index *index, uint32_t table, struct bsync_bytes key)
{
	uint32_t at = hash_of(table, key) & (index->size - 1);

	assert(index->slots != NULL);
	while (index->slots[at] != NULL &&
	       (index->slots[at]->table != table || !bsync_bytes_equal(index->slots[at]->key, key)))
		at = (at + 1) & (index->size - 1);
	return &index->slots[at];
}

static enum bsync_result index_grow(struct index *index, struct bsync_arena *arena)
{
	struct index larger = {.size = index->size == 0 ? SLOTS_FIRST : index->size * 4, .last = index->last};
	enum bsync_result result = bsync_arena_array(arena, larger.size, sizeof(*larger.slots), &larger.slots);

	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < index->size; i++) {
		if (index->slots[i] != NULL)
			*slot_of(&larger, index->slots[i]->table, index->slots[i]->key) = index->slots[i];
	}
	*index = larger;
	return BSYNC_OK;
}

static int table_index(const struct bsync_schema *schema, uint32_t no)
{
	const struct bsync_table *table = bsync_schema_table(schema, no);

	return table == NULL ? -1 : (int)(table - schema->tables);
}

/* Finds or adds the row of a captured key. */
static enum bsync_result row_take(struct bsync_file *file, struct bsync_arena *arena, struct index *index,
				  struct bsync_fold *fold, uint32_t table, const struct bsync_value *captured,
				  struct bsync_fold_row **out)
{
	const struct bsync_table *type = &file->schema->tables[table];
	struct bsync_bytes key = captured->as.bytes;
	struct bsync_fold_row **slot = NULL;
	struct bsync_fold_row *row = NULL;
	enum bsync_result result = BSYNC_OK;

	if (type->key_count == 1)
		result = bsync_key_pack(arena, captured, 1, &key);
	if (result == BSYNC_OK && fold->count * 2 >= index->size)
		result = index_grow(index, arena);
	if (result != BSYNC_OK)
		return result;
	slot = slot_of(index, table, key);
	*out = *slot;
	if (*slot != NULL)
		return BSYNC_OK;
	if (fold->count >= BSYNC_CHANGESET_ROWS_MAX)
		return bsync_file_fail(file, BSYNC_TOO_LARGE, "a transaction changes at most %d rows; commit in parts",
				       BSYNC_CHANGESET_ROWS_MAX);
	row = bsync_arena_take(arena, sizeof(*row));
	if (row == NULL)
		return BSYNC_NO_MEMORY;
	row->table = table;
	row->key = key;
	result = bsync_key_unpack(arena, row->key, &row->key_values, &row->key_count);
	if (result != BSYNC_OK)
		return result;
	*slot = row;
	*index->last = row;
	index->last = &row->next;
	fold->count++;
	*out = row;
	return BSYNC_OK;
}

static enum bsync_result old_make(struct bsync_file *file, struct bsync_arena *arena, struct bsync_fold_row *row)
{
	const uint32_t count = file->schema->tables[row->table].column_count;
	enum bsync_result result = BSYNC_OK;

	if (row->old == NULL)
		result = bsync_arena_array(arena, count, sizeof(*row->old), &row->old);
	if (result == BSYNC_OK && row->has_old == NULL)
		result = bsync_arena_array(arena, count, sizeof(*row->has_old), &row->has_old);
	return result;
}

/* Keeps the values that `packed` holds for the columns of `mask` from column `first` on, unless older ones are kept. */
static enum bsync_result old_keep(struct bsync_file *file, struct bsync_arena *arena, struct bsync_fold_row *row,
				  uint64_t mask, uint32_t first, struct bsync_bytes packed)
{
	const uint32_t columns = file->schema->tables[row->table].column_count;
	struct bsync_value *values = NULL;
	uint32_t count = 0;
	uint32_t at = 0;
	enum bsync_result result = BSYNC_OK;

	result = old_make(file, arena, row);
	if (result == BSYNC_OK)
		result = bsync_values_unpack(arena, packed, BSYNC_COLUMNS_MAX, &values, &count);
	for (uint32_t i = first; result == BSYNC_OK && i < columns && at < count; i++) {
		if (i - first < 64 && (mask >> (i - first) & 1) == 0)
			continue;
		if (!row->has_old[i]) {
			row->has_old[i] = true;
			row->old[i] = values[at];
		}
		at++;
	}
	return result;
}

/* The values of a deleted row, all columns in one array. */
static enum bsync_result old_keep_all(struct bsync_file *file, struct bsync_arena *arena, struct bsync_fold_row *row,
				      struct bsync_bytes packed)
{
	const uint32_t columns = file->schema->tables[row->table].column_count;
	struct bsync_value *values = NULL;
	uint32_t count = 0;
	enum bsync_result result = BSYNC_OK;

	result = old_make(file, arena, row);
	if (result == BSYNC_OK)
		result = bsync_values_unpack(arena, packed, BSYNC_COLUMNS_MAX, &values, &count);
	for (uint32_t i = 0; result == BSYNC_OK && i < columns && i < count; i++) {
		if (row->has_old[i])
			continue;
		row->has_old[i] = true;
		row->old[i] = values[i];
	}
	return result;
}

/* The values of an inserted row, all columns in one array. */
static enum bsync_result new_keep(struct bsync_file *file, struct bsync_arena *arena, struct bsync_fold_row *row,
				  struct bsync_bytes packed)
{
	uint32_t count = 0;
	enum bsync_result result = BSYNC_OK;

	if (packed.size == 0)
		return BSYNC_OK;
	/* Such a row is not to be had by its key: to be refused where it is read. */
	for (uint32_t i = 0; i < row->key_count; i++) {
		if (row->key_values[i].kind == BSYNC_NULL)
			return BSYNC_OK;
	}
	result = bsync_values_unpack(arena, packed, BSYNC_COLUMNS_MAX, &row->values, &count);
	/* The trigger of an older schema knows fewer columns. */
	if (result == BSYNC_OK && count != file->schema->tables[row->table].column_count)
		row->values = NULL;
	return result;
}

/* Counts one captured change in; a row that is new to the fold existed unless its first change is an insert. */
static enum bsync_result change_fold(struct bsync_file *file, struct bsync_arena *arena, struct bsync_fold_row *row,
				     bool is_new, const struct bsync_capture_entry *entry)
{
	const int64_t kind = entry->op % BSYNC_CAPTURE_STRIDE;
	const uint32_t first = (uint32_t)(entry->op / BSYNC_CAPTURE_STRIDE) * BSYNC_CAPTURE_GROUP;

	if (is_new)
		row->existed = kind != BSYNC_CAPTURE_INSERT;
	row->exists = kind != BSYNC_CAPTURE_DELETE;
	row->values = NULL;
	if (kind == BSYNC_CAPTURE_INSERT)
		return new_keep(file, arena, row, entry->inserted);
	if (!row->existed)
		return BSYNC_OK;
	if (kind == BSYNC_CAPTURE_DELETE)
		return old_keep_all(file, arena, row, entry->old);
	return old_keep(file, arena, row, entry->mask, first, entry->old);
}

enum bsync_result bsync_fold_read(struct bsync_file *file, struct bsync_arena *arena, struct bsync_fold *fold)
{
	const size_t count = bsync_capture_count(file->captured);
	struct index index = {0};
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	*fold = (struct bsync_fold){0};
	index.last = &fold->first;
	for (size_t i = 0; result == BSYNC_OK && i < count; i++) {
		const struct bsync_capture_entry entry = bsync_capture_at(file->captured, i);
		struct bsync_fold_row *row = NULL;
		int table = table_index(file->schema, entry.table_no);
		uint32_t before = fold->count;

		if (table < 0)
			continue;
		result = row_take(file, arena, &index, fold, (uint32_t)table, &entry.key, &row);
		if (result == BSYNC_OK)
			result = change_fold(file, arena, row, fold->count != before, &entry);
	}
	return result;
}
