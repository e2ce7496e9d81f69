#include "client-sdk/store/inbox.h"

#include <assert.h>

#include "client-sdk/store/concern.h"
#include "client-sdk/store/names.h"
#include "client-sdk/store/origin.h"
#include "client-sdk/store/record.h"
#include "core/schema/duplicates.h"

enum { INBOX_MAX = 256 << 20 };

/* One listing: where its things live and who names the authors. */
struct listing {
	struct bsync_file *file;
	struct bsync_arena arena;
	struct bsync_names names;
	struct bsync_concern_reading concerns;
	bool (*row)(void *context, const struct bsync_inbox_item *item);
	void *context;
};

static enum bsync_result names_fill(struct listing *listing, struct bsync_inbox_cell *cell)
{
	enum bsync_result result = bsync_arena_array(&listing->arena, cell->variant_count, sizeof(*cell->author_names),
						     &cell->author_names);

	for (uint32_t i = 0; result == BSYNC_OK && i < cell->variant_count; i++)
		result = bsync_names_of(&listing->names, &cell->variants[i].author, &listing->arena,
					&cell->author_names[i]);
	return result;
}

static enum bsync_result concern_names_fill(struct listing *listing, struct bsync_concern *concern)
{
	const struct bsync_people *people = &concern->people;
	enum bsync_result result = bsync_arena_array(&listing->arena, people->count, sizeof(*concern->names),
						     &concern->names);

	for (uint32_t i = 0; result == BSYNC_OK && i < people->count; i++)
		result = bsync_names_of(&listing->names, &people->list[i], &listing->arena, &concern->names[i]);
	return result;
}

/* What the row shows, by column index; NULL when it is not here. */
static enum bsync_result row_read(struct listing *listing, const struct bsync_table *table,
				  const struct bsync_value *key, uint32_t key_count, struct bsync_value **values)
{
	struct bsync_record_key record = {.count = key_count, .values = key};

	*values = NULL;
	if (table == NULL || table->key_count != key_count)
		return BSYNC_OK;
	record.table = (uint32_t)(table - listing->file->schema->tables);
	return bsync_record_read(listing->file, &record, &listing->arena, values);
}

/* From what the versions of a text went apart. */
static enum bsync_result text_base_find(struct listing *listing, const struct bsync_conflict *conflict,
					struct bsync_inbox_cell *cell)
{
	const struct bsync_origin_ask ask = {.file = listing->file,
					     .arena = &listing->arena,
					     .table_no = conflict->table->no,
					     .column_no = conflict->table->columns[conflict->column].no,
					     .key = conflict->packed};
	struct bsync_text_base base = {0};
	enum bsync_result result = bsync_origin_conflict(&ask, &base, &cell->has_base);

	cell->base = base.value;
	return result;
}

/* The value that stood before the first of the versions that do now, where it has come to this device. */
static enum bsync_result base_find(struct listing *listing, const struct bsync_conflict *conflict,
				   struct bsync_inbox_cell *cell)
{
	struct bsync_file *file = listing->file;
	sqlite3_stmt *statement = NULL;
	uint64_t first = UINT64_MAX;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_PAST_AT, &statement);

	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < conflict->variant_count; i++) {
		if (conflict->variants[i].counter < first)
			first = conflict->variants[i].counter;
	}
	bsync_db_bind_int64(statement, 1, conflict->table->no);
	bsync_db_bind_blob(statement, 2, conflict->packed);
	bsync_db_bind_int64(statement, 3, conflict->table->columns[conflict->column].no);
	bsync_db_bind_int64(statement, 4, (int64_t)first);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		struct bsync_value value = bsync_db_value(statement, 0);

		cell->has_base = bsync_value_copy(&listing->arena, &value, &cell->base);
		result = cell->has_base ? BSYNC_OK : BSYNC_NO_MEMORY;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result conflict_list(struct listing *listing, const struct bsync_conflict *conflict, bool *goes_on)
{
	struct bsync_inbox_cell cell = {.column = conflict->table->columns[conflict->column].name,
					.rule = bsync_column_rule_name(&conflict->table->columns[conflict->column]),
					.variant_count = conflict->variant_count,
					.variants = conflict->variants};
	struct bsync_inbox_item item = {.kind = "conflict",
					.table = conflict->table->name,
					.table_no = conflict->table->no,
					.key_count = conflict->key_count,
					.key = conflict->key,
					.reason = "different values were written without seeing each other",
					.base = bsync_file_cursor(listing->file),
					.cell_count = 1,
					.cells = &cell};
	struct bsync_value *values = NULL;
	enum bsync_result result = names_fill(listing, &cell);

	if (result == BSYNC_OK && conflict->table->columns[conflict->column].rule == BSYNC_RULE_TEXT)
		result = text_base_find(listing, conflict, &cell);
	else if (result == BSYNC_OK)
		result = base_find(listing, conflict, &cell);
	if (result == BSYNC_OK)
		result = row_read(listing, conflict->table, conflict->key, conflict->key_count, &values);
	item.is_row_here = values != NULL;
	item.shown = values != NULL ? &values[conflict->column] : NULL;
	for (size_t i = 0; i < sizeof(item.id); i++)
		item.id[i] = conflict->id[i];
	if (result == BSYNC_OK)
		result = bsync_concern_of_conflict(&listing->concerns, conflict, &item.concern, &item.is_yours);
	if (result == BSYNC_OK)
		result = concern_names_fill(listing, &item.concern);
	if (result == BSYNC_OK)
		*goes_on = listing->row(listing->context, &item);
	return result;
}

/* One cell of an item: what stands, where the row is here, and what was handed in. */
static enum bsync_result cell_fill(struct listing *listing, const struct bsync_past *handed_in,
				   const struct bsync_value *stands, struct bsync_inbox_cell *cell)
{
	struct bsync_variant *variants = NULL;
	enum bsync_result result = bsync_arena_array(&listing->arena, 2, sizeof(*variants), &variants);

	if (result != BSYNC_OK)
		return result;
	if (stands != NULL)
		variants[cell->variant_count++] = (struct bsync_variant){.value = *stands};
	variants[cell->variant_count++] = handed_in->variant;
	cell->variants = variants;
	return names_fill(listing, cell);
}

static enum bsync_result cells_fill(struct listing *listing, const struct bsync_store_item *stored,
				    const struct bsync_value *values, struct bsync_inbox_item *item)
{
	enum bsync_result result = bsync_arena_array(&listing->arena, stored->cell_count, sizeof(*item->cells),
						     &item->cells);

	for (uint32_t i = 0; result == BSYNC_OK && i < stored->cell_count; i++) {
		const struct bsync_past *handed_in = &stored->cells[i];
		const int column = stored->table == NULL ? -1 : bsync_table_column(stored->table, handed_in->column_no);
		const struct bsync_value *stands = values != NULL && column >= 0 ? &values[column] : NULL;

		item->cells[i].column = column < 0 ? "" : stored->table->columns[column].name;
		item->cells[i].rule = column < 0 ? NULL : bsync_column_rule_name(&stored->table->columns[column]);
		result = cell_fill(listing, handed_in, stands, &item->cells[i]);
		item->cell_count++;
		if (i == 0)
			item->shown = stands;
	}
	return result;
}

static enum bsync_result item_list(struct listing *listing, const struct bsync_store_item *stored, bool *goes_on)
{
	struct bsync_inbox_item item = {.kind = stored->kind,
					.table = stored->table != NULL ? stored->table->name : "",
					.table_no = stored->table_no,
					.key_count = stored->key_count,
					.key = stored->key,
					.reason = stored->reason,
					.author = stored->author,
					.device_ms = stored->device_ms,
					.stamp_ms = stored->stamp_ms,
					.base = bsync_file_cursor(listing->file)};
	struct bsync_value *values = NULL;
	enum bsync_result result = row_read(listing, stored->table, stored->key, stored->key_count, &values);

	item.is_row_here = values != NULL;
	if (result == BSYNC_OK)
		result = cells_fill(listing, stored, values, &item);
	if (result == BSYNC_OK)
		result = bsync_names_of(&listing->names, &stored->author, &listing->arena, &item.author_name);
	for (size_t i = 0; i < sizeof(item.id); i++)
		item.id[i] = stored->id[i];
	if (result == BSYNC_OK)
		result = bsync_concern_of_item(&listing->concerns, stored, &item.concern, &item.is_yours);
	if (result == BSYNC_OK)
		result = concern_names_fill(listing, &item.concern);
	if (result == BSYNC_OK)
		*goes_on = listing->row(listing->context, &item);
	return result;
}

static bool duplicate_note(void *context, const struct bsync_inbox_item *item)
{
	const struct listing *listing = context;
	struct bsync_inbox_item placed = *item;

	placed.base = bsync_file_cursor(listing->file);
	placed.is_yours = true;
	return listing->row(listing->context, &placed);
}

/* Last, as it empties the arena. */
static enum bsync_result duplicates_list(struct listing *listing)
{
	bool goes_on = true;

	return bsync_duplicates_list(&listing->file->db, listing->file->schema, &listing->arena, duplicate_note,
				     listing, &goes_on);
}

static enum bsync_result inbox_list(struct listing *listing)
{
	struct bsync_conflict *conflict = NULL;
	struct bsync_store_item *item = NULL;
	bool goes_on = true;
	enum bsync_result result = bsync_conflicts_read(listing->file, &listing->arena, &conflict);

	if (result == BSYNC_OK)
		result = bsync_store_items_read(listing->file, &listing->arena, &item);
	for (; result == BSYNC_OK && goes_on && conflict != NULL; conflict = conflict->next)
		result = conflict_list(listing, conflict, &goes_on);
	for (; result == BSYNC_OK && goes_on && item != NULL; item = item->next)
		result = item_list(listing, item, &goes_on);
	if (result == BSYNC_OK && goes_on)
		result = bsync_file_fail_sqlite(listing->file, duplicates_list(listing));
	return result;
}

enum bsync_result bsync_file_inbox(struct bsync_file *file,
				   bool (*row)(void *context, const struct bsync_inbox_item *item), void *context)
{
	struct listing listing = {.file = file, .row = row, .context = context};
	enum bsync_result result = bsync_file_refresh(file);

	assert(row != NULL);
	bsync_arena_init(&listing.arena, INBOX_MAX);
	if (result == BSYNC_OK)
		result = bsync_concern_reading_begin(file, &listing.arena, &listing.concerns);
	if (result == BSYNC_OK)
		result = bsync_names_begin(file, &listing.names);
	if (result == BSYNC_OK)
		result = inbox_list(&listing);
	bsync_names_end(&listing.names);
	bsync_concern_reading_end(&listing.concerns);
	bsync_arena_clear(&listing.arena);
	return result;
}

/* Those of the user: what concerns colleagues only is not counted. */
static enum bsync_result yours_count(struct bsync_concern_reading *reading, uint64_t *count)
{
	struct bsync_arena *arena = reading->concerns.arena;
	struct bsync_conflict *conflict = NULL;
	struct bsync_store_item *item = NULL;
	enum bsync_result result = bsync_conflicts_read(reading->file, arena, &conflict);

	if (result == BSYNC_OK)
		result = bsync_store_items_read(reading->file, arena, &item);
	for (; result == BSYNC_OK && conflict != NULL; conflict = conflict->next) {
		struct bsync_concern concern;
		bool is_yours = false;

		result = bsync_concern_of_conflict(reading, conflict, &concern, &is_yours);
		*count += is_yours;
	}
	for (; result == BSYNC_OK && item != NULL; item = item->next) {
		struct bsync_concern concern;
		bool is_yours = false;

		result = bsync_concern_of_item(reading, item, &concern, &is_yours);
		*count += is_yours;
	}
	return result;
}

enum bsync_result bsync_file_items_open(struct bsync_file *file, uint64_t *count)
{
	struct bsync_concern_reading reading = {.file = file};
	struct bsync_arena arena;
	enum bsync_result result = bsync_file_refresh(file);

	assert(count != NULL);
	*count = 0;
	bsync_arena_init(&arena, INBOX_MAX);
	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(file, bsync_duplicates_count(&file->db, file->schema, count));
	if (result == BSYNC_OK)
		result = bsync_concern_reading_begin(file, &arena, &reading);
	if (result == BSYNC_OK)
		result = yours_count(&reading, count);
	bsync_concern_reading_end(&reading);
	bsync_arena_clear(&arena);
	return result;
}
