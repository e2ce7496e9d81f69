#include "client-sdk/store/resolve.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/inbox.h"
#include "client-sdk/store/merged.h"
#include "client-sdk/store/record.h"
#include "core/merge.h"
#include "core/schema/duplicates.h"

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
	case BSYNC_TAKE_NONE:
		return bsync_file_fail(file, BSYNC_INVALID, "one of the versions must stand: take one by its number");
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

/* Whether what was handed in is wanted, in place of what stands. */
static enum bsync_result item_choose(struct bsync_file *file, const struct bsync_store_item *item, bool is_row_here,
				     enum bsync_take take, uint32_t number, bool *takes_over)
{
	const uint32_t handed_in = is_row_here ? 2 : 1;
	const bool is_mine = memcmp(item->author.bytes, file->identity.worker.bytes, BSYNC_ID_SIZE) == 0;

	*takes_over = false;
	switch (take) {
	case BSYNC_TAKE_NONE:
		return BSYNC_OK;
	case BSYNC_TAKE_NUMBER:
		if (number == 0 || number > handed_in)
			return bsync_file_fail(file, BSYNC_INVALID, "the item has versions 1 to %u", handed_in);
		*takes_over = number == handed_in && item->cell_count != 0;
		return BSYNC_OK;
	case BSYNC_TAKE_MINE:
	case BSYNC_TAKE_THEIRS:
		if (!is_mine)
			return bsync_file_fail(
				file, BSYNC_INVALID,
				"what was handed in is not yours: take it, or what stands, by its number");
		*takes_over = take == BSYNC_TAKE_MINE && item->cell_count != 0;
		return BSYNC_OK;
	case BSYNC_TAKE_VALUE:
		*takes_over = true;
		return item->cell_count == 1
			       ? BSYNC_OK
			       : bsync_file_fail(file, BSYNC_INVALID,
						 "a value is for one column, and this item has %u: take a number",
						 item->cell_count);
	}
	return BSYNC_INVALID;
}

/* The value that a column becomes; of a counter and a set what was handed in is added.  Refused where the column's rule would
 * hold on to what stands: the write would be lost without a word. */
static enum bsync_result cell_decide(struct bsync_file *file, struct bsync_arena *arena,
				     const struct bsync_column *column, const struct bsync_value *stands,
				     const struct bsync_value *wanted, bool is_given, struct bsync_value *value)
{
	struct bsync_cell_write write = {.kind = BSYNC_WRITE_VALUE, .value = *wanted};
	bool is_written = false;

	assert(column != NULL && stands != NULL);
	is_written = stands->kind != BSYNC_NULL;
	if (column->rule == BSYNC_RULE_SERVER && !bsync_value_equal(stands, wanted))
		return bsync_file_fail(
			file, BSYNC_MISUSE,
			"only the server fills column %.80s, so this device cannot write it: keep what stands "
			"with --take none, or ask the operator to take it",
			column->name);
	if (!bsync_merge_takes(column, is_written ? stands : NULL, wanted))
		return bsync_file_fail(
			file, BSYNC_MISUSE,
			"column %.80s has the rule %s, so what stands would stay and this would be lost: keep "
			"what stands with --take none, or write another value",
			column->name, bsync_rule_name(column->rule));
	if (!is_given && column->rule == BSYNC_RULE_COUNTER && wanted->kind == BSYNC_INTEGER) {
		write.kind = BSYNC_WRITE_DELTA;
		write.delta = wanted->as.integer;
	} else if (!is_given && column->rule == BSYNC_RULE_SET && wanted->kind == BSYNC_TEXT &&
		   bsync_set_parse(wanted->as.bytes, arena, &write.adds, &write.add_count) == BSYNC_OK) {
		write.kind = BSYNC_WRITE_SET;
	}
	return bsync_merged_write(column, arena, stands, &write, value);
}

/* What the store set aside is written anew, all of it in one transaction. */
static enum bsync_result item_write(struct bsync_file *file, struct bsync_arena *arena,
				    const struct bsync_store_item *item, const struct bsync_value *stands,
				    const struct bsync_value *given)
{
	const struct bsync_record_key key = {
		.table = (uint32_t)(item->table - file->schema->tables), .count = item->key_count, .values = item->key};
	struct bsync_value *values = NULL;
	uint32_t *columns = NULL;
	enum bsync_result result = bsync_arena_array(arena, item->cell_count, sizeof(*values), &values);

	assert(item->table != NULL);
	if (result == BSYNC_OK)
		result = bsync_arena_array(arena, item->cell_count, sizeof(*columns), &columns);
	for (uint32_t i = 0; result == BSYNC_OK && i < item->cell_count; i++) {
		const int column = bsync_table_column(item->table, item->cells[i].column_no);

		if (column < 0)
			return bsync_file_fail(
				file, BSYNC_MISUSE,
				"this device does not know column %u of %.80s: ask the operator to take it",
				item->cells[i].column_no, item->table->name);
		columns[i] = (uint32_t)column;
		result = cell_decide(file, arena, &item->table->columns[column], &stands[column],
				     given != NULL ? given : &item->cells[i].variant.value, given != NULL, &values[i]);
	}
	for (uint32_t i = 0; result == BSYNC_OK && i < item->cell_count; i++)
		result = cell_write(file, &key, columns[i], item->packed, &values[i]);
	return result;
}

/* Closes the item, with what is written instead, in one transaction. */
static enum bsync_result item_resolve(struct bsync_file *file, struct bsync_arena *arena,
				      const struct bsync_store_item *item, enum bsync_take take, uint32_t number,
				      const struct bsync_value *given)
{
	struct bsync_record_key key = {.count = item->key_count, .values = item->key};
	struct bsync_value *stands = NULL;
	sqlite3_stmt *statement = NULL;
	bool takes_over = false;
	enum bsync_result result = BSYNC_OK;

	if (item->table != NULL) {
		key.table = (uint32_t)(item->table - file->schema->tables);
		result = bsync_record_read(file, &key, arena, &stands);
	}
	if (result == BSYNC_OK)
		result = item_choose(file, item, stands != NULL, take, number, &takes_over);
	if (result == BSYNC_OK && takes_over && stands == NULL)
		result = bsync_file_fail(
			file, BSYNC_MISUSE,
			"the row is not on this device, so this cannot be taken here: ask the operator to take "
			"it, or leave it aside with --take none");
	if (result == BSYNC_OK && takes_over)
		result = item_write(file, arena, item, stands, take == BSYNC_TAKE_VALUE ? given : NULL);
	file->closing = item->id;
	if (result == BSYNC_OK)
		result = bsync_commit_seal(file);
	file->closing = NULL;
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_ITEM_DONE, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_data(statement, 1, item->id, sizeof(item->id));
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* In the transaction: looks the item up as it stands now. */
static enum bsync_result resolve_found(struct bsync_file *file, struct bsync_arena *arena, const uint8_t id[16],
				       enum bsync_take take, uint32_t number, const struct bsync_value *given)
{
	struct bsync_conflict *conflict = NULL;
	struct bsync_store_item *item = NULL;
	struct bsync_value value;
	bool is_duplicate = false;
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
		return item_resolve(file, arena, item, take, number, given);
	result = bsync_file_fail_sqlite(file, bsync_duplicates_has(&file->db, file->schema, id, &is_duplicate));
	if (result != BSYNC_OK)
		return result;
	if (is_duplicate)
		return bsync_file_fail(file, BSYNC_MISUSE, "%s", bsync_duplicate_advice);
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
