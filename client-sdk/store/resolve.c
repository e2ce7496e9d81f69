#include "client-sdk/store/resolve.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/inbox.h"
#include "client-sdk/store/record.h"

enum { INBOX_MAX = 256 << 20 };

bool bsync_resolve_is(const struct bsync_resolve *resolve, uint32_t table_no, struct bsync_bytes key,
		      uint32_t column_no)
{
	return resolve->table_no == table_no && resolve->column_no == column_no && bsync_bytes_equal(resolve->key, key);
}

enum bsync_result bsync_resolve_mark(struct bsync_file *file, const struct bsync_resolve *resolve)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_VARIANT_RESOLVED, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, resolve->table_no);
	bsync_db_bind_blob(statement, 2, resolve->key);
	bsync_db_bind_int64(statement, 3, resolve->column_no);
	bsync_db_bind_int64(statement, 4, 1);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

bool bsync_variant_dot(struct sqlite3_stmt *statement, int column, struct bsync_dot *dot)
{
	if (!bsync_db_copy(statement, column, dot->device.bytes, BSYNC_ID_SIZE) ||
	    !bsync_db_copy(statement, column + 1, dot->line.bytes, BSYNC_ID_SIZE))
		return false;
	dot->seq = (uint64_t)bsync_db_int64(statement, column + 2);
	return true;
}

/* The one version that is, or is not, by this worker; BSYNC_INVALID when there is not exactly one. */
static enum bsync_result by_author(struct bsync_file *file, const struct bsync_variant *variants, uint32_t count,
				   bool is_mine, struct bsync_value *value)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++) {
		if ((memcmp(variants[i].author.bytes, file->identity.worker.bytes, BSYNC_ID_SIZE) == 0) != is_mine)
			continue;
		found++;
		*value = variants[i].value;
	}
	return found == 1 ? BSYNC_OK
			  : bsync_file_fail(file, BSYNC_INVALID, "%u versions are %s: take one by its number", found,
					    is_mine ? "yours" : "of others");
}

static enum bsync_result value_choose(struct bsync_file *file, const struct bsync_variant *variants, uint32_t count,
				      enum bsync_take take, uint32_t number, const struct bsync_value *given,
				      struct bsync_value *value)
{
	switch (take) {
	case BSYNC_TAKE_NUMBER:
		if (number == 0 || number > count)
			return bsync_file_fail(file, BSYNC_INVALID, "the item has versions 1 to %u", count);
		*value = variants[number - 1].value;
		return BSYNC_OK;
	case BSYNC_TAKE_MINE:
	case BSYNC_TAKE_THEIRS:
		return by_author(file, variants, count, take == BSYNC_TAKE_MINE, value);
	case BSYNC_TAKE_VALUE:
		assert(given != NULL);
		*value = *given;
		return BSYNC_OK;
	}
	return BSYNC_INVALID;
}

/* Logs the cell as changed even where its value stays, in the form of core/schema/capture.h. */
static enum bsync_result capture_add(struct bsync_file *file, const struct bsync_record_key *key, uint32_t column,
				     struct bsync_bytes packed, const struct bsync_value *old)
{
	const uint32_t group = column / BSYNC_CAPTURE_GROUP;
	struct bsync_bytes olds = {NULL, 0};
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_key_pack(&file->scratch, old, 1, &olds);

	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_CAPTURE_ADD, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, file->schema->tables[key->table].no);
	bsync_db_bind_int64(statement, 2, BSYNC_CAPTURE_UPDATE + (int64_t)BSYNC_CAPTURE_STRIDE * group);
	if (key->count == 1)
		bsync_db_bind_value(statement, 3, key->values);
	else
		bsync_db_bind_blob(statement, 3, packed);
	bsync_db_bind_int64(statement, 4, (int64_t)(UINT64_C(1) << (column - group * BSYNC_CAPTURE_GROUP)));
	bsync_db_bind_blob(statement, 5, olds);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* Writes the value as the application would. */
static enum bsync_result cell_write(struct bsync_file *file, const struct bsync_record_key *key, uint32_t column,
				    struct bsync_bytes packed, const struct bsync_value *value)
{
	struct bsync_value *values = NULL;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(&file->scratch);
	result = bsync_record_read(file, key, &file->scratch, &values);
	if (result != BSYNC_OK)
		return result;
	if (values == NULL)
		return bsync_file_fail(file, BSYNC_CHANGED, "the row of this item is not here any more");
	result = capture_add(file, key, column, packed, &values[column]);
	return result == BSYNC_OK ? bsync_record_set(file, key, column, value) : result;
}

static enum bsync_result conflict_resolve(struct bsync_file *file, struct bsync_arena *arena,
					  const struct bsync_conflict *conflict, const struct bsync_value *value)
{
	const struct bsync_record_key key = {.table = (uint32_t)(conflict->table - file->schema->tables),
					     .count = conflict->key_count,
					     .values = conflict->key};
	struct bsync_resolve resolve = {.table_no = conflict->table->no,
					.key = conflict->packed,
					.column_no = conflict->table->columns[conflict->column].no,
					.dot_count = conflict->variant_count};
	enum bsync_result result = BSYNC_OK;

	if (conflict->variant_count > BSYNC_CHANGESET_NAMES_MAX)
		return bsync_file_fail(file, BSYNC_TOO_LARGE, "too many versions stand to be resolved at once");
	result = bsync_arena_array(arena, resolve.dot_count, sizeof(*resolve.dots), &resolve.dots);
	for (uint32_t i = 0; result == BSYNC_OK && i < resolve.dot_count; i++)
		resolve.dots[i] = conflict->variants[i].dot;
	if (result == BSYNC_OK)
		result = cell_write(file, &key, conflict->column, conflict->packed, value);
	file->resolving = &resolve;
	if (result == BSYNC_OK)
		result = bsync_commit_seal(file);
	file->resolving = NULL;
	return result;
}

/* What the store set aside is written anew where a person wants it; the item is done on this device. */
static enum bsync_result item_resolve(struct bsync_file *file, const struct bsync_store_item *item,
				      enum bsync_take take, const struct bsync_value *value)
{
	const int column = item->table == NULL || item->cell_count == 0
				   ? -1
				   : bsync_table_column(item->table, item->cells[0].column_no);
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_ITEM_CLOSE, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_data(statement, 1, item->id, sizeof(item->id));
	result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	/* Theirs is what stands already. */
	if (result != BSYNC_OK || column < 0 || take == BSYNC_TAKE_THEIRS)
		return result;
	const struct bsync_record_key key = {
		.table = (uint32_t)(item->table - file->schema->tables), .count = item->key_count, .values = item->key};
	result = cell_write(file, &key, (uint32_t)column, item->packed, value);
	return result == BSYNC_OK ? bsync_commit_seal(file) : result;
}

static enum bsync_result item_choose(struct bsync_file *file, struct bsync_arena *arena,
				     const struct bsync_store_item *item, enum bsync_take take, uint32_t number,
				     const struct bsync_value *given)
{
	struct bsync_variant *variants = NULL;
	struct bsync_value value = bsync_value_null();
	enum bsync_result result = bsync_arena_array(arena, item->cell_count, sizeof(*variants), &variants);

	for (uint32_t i = 0; result == BSYNC_OK && i < item->cell_count; i++)
		variants[i] = item->cells[i].variant;
	if (result == BSYNC_OK && take != BSYNC_TAKE_THEIRS && item->cell_count != 0)
		result = value_choose(file, variants, item->cell_count, take, number, given, &value);
	return result == BSYNC_OK ? item_resolve(file, item, take, &value) : result;
}

/* In the transaction: looks the item up as it stands now. */
static enum bsync_result resolve_found(struct bsync_file *file, struct bsync_arena *arena, const uint8_t id[16],
				       enum bsync_take take, uint32_t number, const struct bsync_value *given)
{
	struct bsync_conflict *conflict = NULL;
	struct bsync_store_item *item = NULL;
	struct bsync_value value;
	enum bsync_result result = bsync_conflicts_read(file, arena, &conflict);

	if (result == BSYNC_OK)
		result = bsync_store_items_read(file, arena, &item);
	if (result != BSYNC_OK)
		return result;
	while (conflict != NULL && memcmp(conflict->id, id, sizeof(conflict->id)) != 0)
		conflict = conflict->next;
	if (conflict != NULL) {
		result = value_choose(file, conflict->variants, conflict->variant_count, take, number, given, &value);
		return result == BSYNC_OK ? conflict_resolve(file, arena, conflict, &value) : result;
	}
	while (item != NULL && memcmp(item->id, id, sizeof(item->id)) != 0)
		item = item->next;
	if (item != NULL)
		return item_choose(file, arena, item, take, number, given);
	return bsync_file_fail(file, BSYNC_CHANGED, "this item is not what stands now: look at the inbox again");
}

enum bsync_result bsync_file_resolve(struct bsync_file *file, const uint8_t id[16], enum bsync_take take,
				     uint32_t number, const struct bsync_value *value)
{
	struct bsync_arena arena;
	enum bsync_result result = bsync_file_begin(file);

	assert(id != NULL);
	if (result != BSYNC_OK)
		return result;
	bsync_arena_init(&arena, INBOX_MAX);
	result = bsync_file_end(file, resolve_found(file, &arena, id, take, number, value));
	bsync_arena_clear(&arena);
	if (result == BSYNC_OK) {
		file->has_committed = file->has_committed || file->has_sealed;
		file->has_sealed = false;
	}
	return result;
}
