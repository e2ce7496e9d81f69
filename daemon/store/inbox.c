/* inbox.c: what waits for a person, as the operator sees it: standing conflicts first, then the store's items, then rows
 * that clash. */
#include <assert.h>
#include <string.h>

#include "core/schema/duplicates.h"
#include "daemon/store/concern.h"
#include "daemon/store/past.h"

enum { INBOX_MEMORY_MAX = 256 << 20, INBOX_VALUES_MAX = 2 * BSYNC_COLUMNS_MAX };

/* One reading of the inbox. */
struct inbox {
	struct bsync_view *view;
	struct bsync_arena arena; /* one item */
	struct bsync_concerns concerns;
	bool (*row)(void *context, const struct bsync_inbox_item *item);
	void *context;
	bool is_stopped;
};

static const char *text_copy(struct bsync_arena *arena, const char *text)
{
	struct bsync_bytes copy = {(const uint8_t *)text, text != NULL ? strlen(text) + 1 : 0};

	copy = bsync_arena_copy(arena, copy);
	return copy.data != NULL ? (const char *)copy.data : "";
}

/* The worker's name; "" for the store and for one that is not known. */
static enum bsync_result author_name(struct inbox *inbox, const struct bsync_worker_id *worker, const char **name)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&inbox->view->base, WORKER_NAME);
	enum bsync_result result;

	*name = "";
	bsync_db_bind_data(statement, 1, worker->bytes, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*name = text_copy(&inbox->arena, bsync_db_string(statement, 0));
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

/* Makes room for `count` variants in a cell. */
static bool variants_take(struct inbox *inbox, struct bsync_inbox_cell *cell, uint32_t count)
{
	cell->variants = bsync_arena_take(&inbox->arena, (count + 1) * sizeof(*cell->variants));
	cell->author_names = bsync_arena_take(&inbox->arena, (count + 1) * sizeof(*cell->author_names));
	return cell->variants != NULL && cell->author_names != NULL;
}

static enum bsync_result variant_add(struct inbox *inbox, struct bsync_inbox_cell *cell,
				     const struct bsync_standing *standing)
{
	struct bsync_variant *variant = &cell->variants[cell->variant_count];
	enum bsync_result result = BSYNC_OK;

	if (standing->is_unwritten)
		*variant = (struct bsync_variant){.value = standing->value};
	else
		result = bsync_past_variant(inbox->view, standing, variant);
	if (result == BSYNC_OK)
		result = author_name(inbox, &variant->author, &cell->author_names[cell->variant_count]);
	cell->variant_count++;
	return result;
}

/* From what the versions of a text went apart; of others, the value that stood before the first of those that do now. */
static enum bsync_result base_find(struct inbox *inbox, const struct bsync_row *row, const struct bsync_cell *cell,
				   struct bsync_inbox_cell *out)
{
	struct bsync_mask column = {{0}};
	struct bsync_past_query query = {.row = row, .columns = &column};
	const struct bsync_column *type = &row->sql->table->columns[cell->column];
	const struct bsync_lines lines = bsync_base_merge_lines(&inbox->view->base);
	struct bsync_past *pasts = NULL;
	struct bsync_shown shown;
	uint64_t first = UINT64_MAX;
	uint32_t count = 0;
	enum bsync_result result = bsync_merge_shown(type, &lines, &inbox->arena, cell, &shown);

	if (result != BSYNC_OK)
		return result;
	if (shown.base != NULL) {
		out->has_base = true;
		out->base = shown.base->value;
		return BSYNC_OK;
	}
	for (uint32_t i = 0; i < cell->count; i++) {
		if (cell->standing[i].version.counter < first)
			first = cell->standing[i].version.counter;
	}
	bsync_mask_add(&column, cell->column);
	query.after = first - 1;
	result = bsync_past_read(inbox->view, &query, 0, &inbox->arena, &pasts, &count);
	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++) {
		if (pasts[i].replaced_counter == first) {
			out->has_base = true;
			out->base = pasts[i].variant.value;
		}
	}
	return result;
}

/* Names whom the item concerns; where it concerns nobody it is the operator's. */
static enum bsync_result concern_end(struct inbox *inbox, struct bsync_inbox_item *item)
{
	struct bsync_concern *concern = &item->concern;
	enum bsync_result result = BSYNC_OK;

	bsync_concern_settle(concern);
	item->is_yours = !concern->is_everybody && concern->people.count == 0;
	result = bsync_arena_array(&inbox->arena, concern->people.count, sizeof(*concern->names), &concern->names);
	for (uint32_t i = 0; result == BSYNC_OK && i < concern->people.count; i++)
		result = author_name(inbox, &concern->people.list[i], &concern->names[i]);
	return result;
}

static enum bsync_result conflict_concern(struct inbox *inbox, const struct bsync_row *row, uint32_t column,
					  struct bsync_inbox_item *item)
{
	const struct bsync_inbox_cell *cell = &item->cells[0];
	struct bsync_people authors = {0};
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < cell->variant_count; i++)
		result = bsync_people_add(&inbox->arena, &authors, &cell->variants[i].author);
	for (uint32_t i = 0; result == BSYNC_OK && i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];

		if (row->sql->table->faces[entry->face].has_column[column])
			result = bsync_concern_in(&inbox->view->base, &inbox->concerns, entry->scope, &authors,
						  &item->concern);
	}
	return result == BSYNC_OK ? concern_end(inbox, item) : result;
}

static enum bsync_result conflict_fill(struct inbox *inbox, const struct bsync_row *row, uint32_t column_no,
				       struct bsync_inbox_item *item)
{
	int column = bsync_table_sql_column(row->sql, column_no);
	struct bsync_cells cells = row->cells;
	const struct bsync_cell *cell = column >= 0 ? bsync_cells_find(&cells, (uint32_t)column) : NULL;
	struct bsync_inbox_cell *out = bsync_arena_take(&inbox->arena, sizeof(*out));
	enum bsync_result result = BSYNC_OK;

	if (cell == NULL)
		return BSYNC_STORAGE_CORRUPT;
	if (out == NULL || !variants_take(inbox, out, cell->count))
		return BSYNC_NO_MEMORY;
	out->column = row->sql->table->columns[cell->column].name;
	out->rule = bsync_column_rule_name(&row->sql->table->columns[cell->column]);
	item->cells = out;
	item->cell_count = 1;
	item->shown = &row->values[cell->column];
	for (uint32_t i = 0; i < cell->count; i++) {
		result = variant_add(inbox, out, &cell->standing[i]);
		if (result != BSYNC_OK)
			return result;
		if (cell->standing[i].version.counter > item->base.counter)
			item->base.counter = cell->standing[i].version.counter;
	}
	result = base_find(inbox, row, cell, out);
	return result == BSYNC_OK ? conflict_concern(inbox, row, cell->column, item) : result;
}

/* Finds the row that an item is about, live, deleted or not there at all. */
static enum bsync_result row_of(struct inbox *inbox, uint32_t table_no, struct bsync_bytes key, struct bsync_row *row,
				struct bsync_inbox_item *item)
{
	struct bsync_base *base = &inbox->view->base;
	struct bsync_table_sql *sql = bsync_tables_find(&base->tables, table_no);
	struct bsync_value *values = NULL;
	enum bsync_result result = sql != NULL ? BSYNC_OK : BSYNC_STORAGE_CORRUPT;

	if (result == BSYNC_OK)
		result = bsync_values_copy(key, &inbox->arena, BSYNC_KEY_COLUMNS_MAX, &values, &item->key_count);
	if (result == BSYNC_OK && item->key_count != sql->table->key_count)
		result = BSYNC_STORAGE_CORRUPT;
	if (result != BSYNC_OK)
		return result;
	item->key = values;
	item->table = sql->table->name;
	item->table_no = table_no;
	result = bsync_row_by_key(base, sql, values, true, &inbox->arena, row);
	item->is_row_here = result == BSYNC_OK && row->is_live;
	return result;
}

static enum bsync_result conflicts_list(struct inbox *inbox)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&inbox->view->base, CONFLICT_ALL);
	int64_t incarnation = 0;
	bool has_row = false;
	enum bsync_result result = bsync_meta_integer(&inbox->view->base, "incarnation", &incarnation);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row && !inbox->is_stopped) {
		struct bsync_inbox_item item = {
			.kind = "conflict", .reason = "two values stand, a person chooses", .author_name = ""};
		struct bsync_row row;

		item.base.incarnation = (uint32_t)incarnation;
		bsync_arena_reset(&inbox->arena);
		if (!bsync_db_copy(statement, 0, item.id, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = row_of(inbox, (uint32_t)bsync_db_int64(statement, 1), bsync_db_bytes(statement, 2),
					&row, &item);
		if (result == BSYNC_OK && !row.is_live)
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = conflict_fill(inbox, &row, (uint32_t)bsync_db_int64(statement, 3), &item);
		if (result == BSYNC_OK)
			inbox->is_stopped = !inbox->row(inbox->context, &item);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* What stands in a cell, as a version; of one that nobody wrote only its emptiness. */
static struct bsync_standing stands(const struct bsync_row *row, uint32_t column)
{
	struct bsync_cells cells = row->cells;
	const struct bsync_cell *cell = bsync_cells_find(&cells, column);
	struct bsync_standing standing = {.is_unwritten = true};

	if (cell != NULL && cell->count != 0)
		standing = cell->standing[0];
	standing.value = row->values[column];
	return standing;
}

/* Each cell of an item: what stands, where the row is there, and what was handed in. */
static enum bsync_result item_cells(struct inbox *inbox, const struct bsync_row *row, struct bsync_bytes bytes,
				    const struct bsync_version *version, struct bsync_inbox_item *item)
{
	struct bsync_value *values = NULL;
	uint32_t count = 0;
	enum bsync_result result = bsync_values_copy(bytes, &inbox->arena, INBOX_VALUES_MAX, &values, &count);

	if (result != BSYNC_OK)
		return result;
	item->cells = bsync_arena_take(&inbox->arena, (count / 2 + 1) * sizeof(*item->cells));
	if (item->cells == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i + 1 < count && result == BSYNC_OK; i += 2) {
		struct bsync_standing handed_in = {.version = *version, .value = values[i + 1]};
		int column = bsync_table_sql_column(row->sql, (uint32_t)values[i].as.integer);
		struct bsync_inbox_cell *out = &item->cells[item->cell_count];

		if (column < 0)
			continue;
		if (!variants_take(inbox, out, 2))
			return BSYNC_NO_MEMORY;
		out->column = row->sql->table->columns[column].name;
		out->rule = bsync_column_rule_name(&row->sql->table->columns[column]);
		if (item->cell_count++ == 0 && row->is_live)
			item->shown = &row->values[column];
		if (row->is_live) {
			const struct bsync_standing standing = stands(row, (uint32_t)column);

			result = variant_add(inbox, out, &standing);
		}
		if (result == BSYNC_OK)
			result = variant_add(inbox, out, &handed_in);
	}
	return result;
}

/* Who it is about, and when that was. */
static enum bsync_result item_author(struct inbox *inbox, const struct bsync_version *version,
				     struct bsync_inbox_item *item)
{
	const struct bsync_standing standing = {.version = *version};
	struct bsync_variant variant;
	enum bsync_result result = bsync_past_variant(inbox->view, &standing, &variant);

	if (result != BSYNC_OK)
		return result;
	item->author = variant.author;
	item->device_ms = variant.device_ms;
	item->stamp_ms = variant.stamp_ms;
	return author_name(inbox, &item->author, &item->author_name);
}

static enum bsync_result item_concern(struct inbox *inbox, uint64_t scope_no, struct bsync_inbox_item *item)
{
	struct bsync_people authors = {0};
	enum bsync_result result = bsync_people_add(&inbox->arena, &authors, &item->author);

	if (result == BSYNC_OK)
		result = bsync_concern_in(&inbox->view->base, &inbox->concerns, scope_no, &authors, &item->concern);
	return result == BSYNC_OK ? concern_end(inbox, item) : result;
}

static enum bsync_result item_read(struct inbox *inbox, sqlite3_stmt *statement, struct bsync_inbox_item *item)
{
	struct bsync_row row;
	struct bsync_version version = {
		.line = (uint32_t)bsync_db_int64(statement, 7),
		.seq = (uint64_t)bsync_db_int64(statement, 8),
		.stamp_ms = bsync_db_int64(statement, 9),
	};
	enum bsync_result result;

	if (!bsync_db_copy(statement, 0, item->id, BSYNC_ID_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	item->kind = text_copy(&inbox->arena, bsync_db_string(statement, 3));
	item->reason = text_copy(&inbox->arena, bsync_db_string(statement, 10));
	item->base.counter = (uint64_t)bsync_db_int64(statement, 13);
	result = row_of(inbox, (uint32_t)bsync_db_int64(statement, 4), bsync_db_bytes(statement, 5), &row, item);
	if (result == BSYNC_OK)
		result = item_author(inbox, &version, item);
	if (result == BSYNC_OK)
		result = item_concern(inbox, (uint64_t)bsync_db_int64(statement, 1), item);
	return result == BSYNC_OK ? item_cells(inbox, &row, bsync_db_bytes(statement, 11), &version, item) : result;
}

static enum bsync_result items_list(struct inbox *inbox)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&inbox->view->base, ITEM_OPEN);
	int64_t incarnation = 0;
	bool has_row = false;
	enum bsync_result result = bsync_meta_integer(&inbox->view->base, "incarnation", &incarnation);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row && !inbox->is_stopped) {
		struct bsync_inbox_item item = {0};

		bsync_arena_reset(&inbox->arena);
		item.base.incarnation = (uint32_t)incarnation;
		result = item_read(inbox, statement, &item);
		if (result == BSYNC_OK) {
			inbox->is_stopped = !inbox->row(inbox->context, &item);
			result = bsync_db_step(statement, &has_row);
		}
	}
	bsync_db_reset(statement);
	return result;
}

static bool duplicate_note(void *context, const struct bsync_inbox_item *item)
{
	const struct inbox *inbox = context;

	return inbox->row(inbox->context, item);
}

/* All of them: the operator may see both rows of every clash. */
static enum bsync_result duplicates_list(struct inbox *inbox)
{
	struct bsync_base *base = &inbox->view->base;
	bool goes_on = true;

	return bsync_duplicates_list(&base->db, base->schema, &inbox->arena, duplicate_note, inbox, &goes_on);
}

enum bsync_result bsync_view_inbox(struct bsync_view *view,
				   bool (*row)(void *context, const struct bsync_inbox_item *item), void *context)
{
	struct inbox inbox = {.view = view, .row = row, .context = context};
	enum bsync_result result;

	assert(view != NULL && row != NULL);
	assert(!view->is_taken);
	bsync_arena_init(&inbox.arena, INBOX_MEMORY_MAX);
	result = bsync_base_begin_read(&view->base);
	if (result == BSYNC_OK)
		result = bsync_base_lines(&view->base);
	if (result == BSYNC_OK)
		result = bsync_concerns_begin(&inbox.concerns, &view->base.db, view->base.schema, &inbox.arena);
	if (result == BSYNC_OK)
		result = conflicts_list(&inbox);
	if (result == BSYNC_OK && !inbox.is_stopped)
		result = items_list(&inbox);
	if (result == BSYNC_OK && !inbox.is_stopped)
		result = duplicates_list(&inbox);
	bsync_concerns_end(&inbox.concerns);
	bsync_db_rollback(&view->base.db);
	bsync_arena_clear(&inbox.arena);
	return result;
}
