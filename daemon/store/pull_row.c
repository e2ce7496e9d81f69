#include "daemon/store/pull_row.h"

#include <assert.h>
#include <string.h>

#include "daemon/store/past.h"

enum { ITEM_VALUES_MAX = 2 * BSYNC_COLUMNS_MAX };

static int face_index(const struct bsync_table *table, uint32_t face_no)
{
	for (uint32_t i = 0; i < table->face_count; i++) {
		if (table->faces[i].no == face_no)
			return (int)i;
	}
	return -1;
}

/* Was it set aside first?  Then its device has taken it off its screen, or cannot know what it met when it was placed. */
static enum bsync_result was_placed(struct bsync_base *base, const struct bsync_version *version, bool *out)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, PLACED_HAS);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, version->line);
	bsync_db_bind_int64(statement, 2, (int64_t)version->counter);
	result = bsync_db_step(statement, out);
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result is_shown_there(struct bsync_base *base, const struct bsync_version *version, bool *out)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, RECEIPT_GET);
	bool is_placed = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, version->line);
	bsync_db_bind_int64(statement, 2, (int64_t)version->seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		int64_t verdict = bsync_db_int64(statement, 3);

		*out = verdict == BSYNC_VERDICT_APPLIED || verdict == BSYNC_VERDICT_MERGED;
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK && *out) {
		result = was_placed(base, version, &is_placed);
		*out = !is_placed;
	}
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

/* A device takes a changeset off its screen that did not come in whole (PROTOCOL 6.9); what did come in is sent to it
 * like the work of others. */
static enum bsync_result own_ask(const struct bsync_pull_aim *aim, const struct bsync_version *version, bool *is_shown)
{
	struct bsync_pull_own *own = aim->own;
	enum bsync_result result = BSYNC_OK;

	*is_shown = false;
	if (version->line != aim->own_line || version->seq > aim->own_seq)
		return BSYNC_OK;
	if (own->seq != version->seq)
		result = is_shown_there(&aim->view->base, version, &own->is_shown);
	own->seq = version->seq;
	*is_shown = own->is_shown;
	return result;
}

/* True when the requester's screen shows this cell as it stands: what last changed it is its own write, or nothing has
 * since its own insert.  What a counter or a set shows comes from many writes, so there the last one proves nothing. */
static enum bsync_result is_own(const struct bsync_pull_aim *aim, const struct bsync_row *row,
				const struct bsync_cell *cell, bool *out)
{
	const struct bsync_version *version = &row->cells.born;

	*out = false;
	if (row->cells.is_copy)
		return BSYNC_OK;
	if (cell->changed != row->cells.born.counter) {
		enum bsync_rule rule = row->sql->table->columns[cell->column].rule;

		if (rule == BSYNC_RULE_COUNTER || rule == BSYNC_RULE_SET || cell->count != 1)
			return BSYNC_OK;
		version = &cell->standing[0].version;
		if (cell->changed != version->counter)
			return BSYNC_OK;
	}
	return own_ask(aim, version, out);
}

/* A row that the requester made in this scope, which it has never been told to drop: it is on its device. */
static enum bsync_result is_own_row(const struct bsync_pull_aim *aim, const struct bsync_row *row,
				    const struct bsync_entry *entry, bool *out)
{
	*out = false;
	if (!aim->has_own_rows || row->cells.is_copy || entry->counter != row->cells.born.counter)
		return BSYNC_OK;
	return own_ask(aim, &row->cells.born, out);
}

static enum bsync_result cell_fill(const struct bsync_pull_aim *aim, const struct bsync_row *row,
				   const struct bsync_cell *cell, struct bsync_arena *arena,
				   struct bsync_pulled_cell *out)
{
	const struct bsync_column *column = &row->sql->table->columns[cell->column];
	const struct bsync_lines lines = bsync_base_merge_lines(&aim->view->base);
	struct bsync_shown shown = {.is_conflict = false};
	enum bsync_result result = BSYNC_OK;

	*out = (struct bsync_pulled_cell){.column_no = column->no, .value = row->values[cell->column]};
	if (cell->count > 1 && bsync_rule_asks(column->rule))
		result = bsync_merge_shown(column, &lines, arena, cell, &shown);
	if (result != BSYNC_OK || !shown.is_conflict)
		return result;
	if (shown.base != NULL) {
		out->base = bsync_arena_take(arena, sizeof(*out->base));
		if (out->base == NULL)
			return BSYNC_NO_MEMORY;
		*out->base = *shown.base;
	}
	out->variants = bsync_arena_take(arena, cell->count * sizeof(*out->variants));
	if (out->variants == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; result == BSYNC_OK && i < cell->count; i++)
		result = bsync_past_variant(aim->view, &cell->standing[i], &out->variants[i]);
	if (result != BSYNC_OK)
		return result;
	out->variant_count = cell->count;
	return BSYNC_OK;
}

static enum bsync_result cells_fill(const struct bsync_pull_aim *aim, const struct bsync_row *row,
				    const struct bsync_mask *columns, struct bsync_arena *arena,
				    struct bsync_pulled_row *out)
{
	bool is_whole = out->kind == BSYNC_PULLED_WHOLE;

	out->cells = bsync_arena_take(arena, (row->cells.cell_count + 1) * sizeof(*out->cells));
	if (out->cells == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < row->cells.cell_count; i++) {
		const struct bsync_cell *cell = &row->cells.cells[i];
		bool is_left_out = cell->changed <= aim->start;
		enum bsync_result result = BSYNC_OK;

		if (!bsync_mask_has(columns, cell->column))
			continue;
		/* PROTOCOL 6.12: "In kind 0 a column of the face that is not named is NULL." */
		if (is_whole)
			is_left_out = cell->count == 1 && row->values[cell->column].kind == BSYNC_NULL;
		else if (!is_left_out)
			result = is_own(aim, row, cell, &is_left_out);
		if (result == BSYNC_OK && !is_left_out)
			result = cell_fill(aim, row, cell, arena, &out->cells[out->cell_count++]);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

/* True when all there is to say of a row is that the requester made it, and the requester's screen shows it. */
static enum bsync_result is_known_row(const struct bsync_pull_aim *aim, uint32_t face,
				      const struct bsync_feed_entry *feed, struct bsync_bytes meta, bool *out)
{
	struct bsync_version born;
	struct bsync_entry entries[BSYNC_CELLS_NEW_ENTRIES_MAX];
	uint32_t count = 0;

	*out = false;
	if (!aim->has_own_rows || !bsync_cells_decode_new(meta, &born, &count, entries) ||
	    born.counter != feed->counter)
		return BSYNC_OK;
	for (uint32_t i = 0; i < count; i++) {
		if (entries[i].face == face && entries[i].scope == aim->scope_no)
			return own_ask(aim, &born, out);
	}
	return BSYNC_OK;
}

/* The row of a feed entry; of a known one nothing more is read. */
static enum bsync_result row_get(const struct bsync_pull_aim *aim, struct bsync_table_sql *sql, uint32_t face,
				 const struct bsync_feed_entry *feed, struct bsync_arena *arena, struct bsync_row *row,
				 bool *is_known)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	*is_known = false;
	if (feed->ref.kind != BSYNC_INTEGER)
		return bsync_row_by_ref(&aim->view->base, sql, &feed->ref, arena, row);
	result = bsync_row_stand(sql, &feed->ref, &statement);
	if (result == BSYNC_OK)
		result = is_known_row(aim, face, feed, bsync_row_meta(sql, statement), is_known);
	if (result == BSYNC_OK && !*is_known)
		result = bsync_row_read(sql, statement, arena, row);
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result live_fill(const struct bsync_pull_aim *aim, struct bsync_table_sql *sql, uint32_t face,
				   const struct bsync_feed_entry *feed, struct bsync_arena *arena,
				   struct bsync_pulled_row *out, bool *is_sent)
{
	const struct bsync_mask *columns = &sql->faces[face].columns;
	const struct bsync_entry *entry = NULL;
	struct bsync_row *row = bsync_arena_take(arena, sizeof(*row));
	bool is_owned = false;
	bool is_known = false;
	enum bsync_result result = row != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	if (result == BSYNC_OK)
		result = row_get(aim, sql, face, feed, arena, row, &is_known);
	*is_sent = !is_known;
	if (result != BSYNC_OK || is_known)
		return result;
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		if (row->cells.entries[i].face == face && row->cells.entries[i].scope == aim->scope_no)
			entry = &row->cells.entries[i];
	}
	if (entry == NULL || row->cells.changed != feed->counter)
		return BSYNC_STORAGE_CORRUPT;
	result = is_own_row(aim, row, entry, &is_owned);
	if (result != BSYNC_OK)
		return result;
	out->kind = entry->counter > aim->start && !is_owned ? BSYNC_PULLED_WHOLE : BSYNC_PULLED_CELLS;
	out->key = row->key;
	out->key_count = sql->table->key_count;
	result = cells_fill(aim, row, columns, arena, out);
	if (result == BSYNC_OK && row->cells.has_history) {
		struct bsync_past_query query = {
			.row = row,
			.columns = columns,
			.after = entry->counter > aim->start ? 0 : aim->start,
			.keep_only = true,
		};

		result = bsync_past_read(aim->view, &query, 0, arena, &out->pasts, &out->past_count);
	}
	*is_sent = out->kind == BSYNC_PULLED_WHOLE || out->cell_count != 0 || out->past_count != 0;
	return result;
}

static enum bsync_result gone_fill(const struct bsync_table_sql *sql, const struct bsync_feed_entry *feed,
				   struct bsync_arena *arena, struct bsync_pulled_row *out)
{
	struct bsync_bytes key = {0};
	enum bsync_result result;

	if (feed->ref.kind != BSYNC_BLOB)
		return BSYNC_STORAGE_CORRUPT;
	key = bsync_arena_copy(arena, feed->ref.as.bytes);
	result = bsync_values_read(key, arena, BSYNC_KEY_COLUMNS_MAX, &out->key, &out->key_count);
	out->kind = BSYNC_PULLED_GONE;
	return result == BSYNC_OK && out->key_count != sql->table->key_count ? BSYNC_STORAGE_CORRUPT : result;
}

/* When the work was done that the item is about. */
static enum bsync_result item_times(const struct bsync_pull_aim *aim, const struct bsync_version *version,
				    struct bsync_pulled_item *item)
{
	const struct bsync_standing standing = {.version = *version};
	struct bsync_variant variant;
	enum bsync_result result = bsync_past_variant(aim->view, &standing, &variant);

	if (result != BSYNC_OK)
		return result;
	item->device_ms = variant.device_ms;
	item->stamp_ms = variant.stamp_ms;
	return BSYNC_OK;
}

/* The item's cells that the face has. */
static enum bsync_result item_cells(const struct bsync_pull_aim *aim, const struct bsync_table_sql *sql, uint32_t face,
				    const struct bsync_version *version, struct bsync_bytes cells,
				    struct bsync_arena *arena, struct bsync_pulled_item *item)
{
	struct bsync_value *values = NULL;
	uint32_t count = 0;
	enum bsync_result result = bsync_values_read(cells, arena, ITEM_VALUES_MAX, &values, &count);

	if (result != BSYNC_OK || count == 0)
		return result;
	item->cells = bsync_arena_take(arena, (count / 2 + 1) * sizeof(*item->cells));
	if (item->cells == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i + 1 < count && result == BSYNC_OK; i += 2) {
		struct bsync_standing standing = {.version = *version, .value = values[i + 1]};
		uint32_t no = (uint32_t)values[i].as.integer;
		int column = values[i].kind == BSYNC_INTEGER ? bsync_table_sql_column(sql, no) : -1;

		if (column < 0 || !bsync_mask_has(&sql->faces[face].columns, (uint32_t)column))
			continue;
		item->cells[item->cell_count].column_no = no;
		result = bsync_past_variant(aim->view, &standing, &item->cells[item->cell_count].variant);
		item->cell_count++;
	}
	return result;
}

static enum bsync_result item_read(const struct bsync_pull_aim *aim, sqlite3_stmt *statement,
				   const struct bsync_table_sql *sql, uint32_t face, struct bsync_arena *arena,
				   struct bsync_pulled_row *out)
{
	struct bsync_pulled_item *item = bsync_arena_take(arena, sizeof(*item));
	struct bsync_version version = {0};
	struct bsync_bytes key = bsync_arena_copy(arena, bsync_db_bytes(statement, 5));
	struct bsync_bytes cells = bsync_arena_copy(arena, bsync_db_bytes(statement, 11));
	enum bsync_result result;

	if (item == NULL)
		return BSYNC_NO_MEMORY;
	item->kind = bsync_arena_copy(arena, bsync_db_bytes(statement, 3));
	item->reason = bsync_arena_copy(arena, bsync_db_bytes(statement, 10));
	if (!bsync_db_copy(statement, 0, item->id, BSYNC_ID_SIZE) ||
	    !bsync_db_copy(statement, 6, item->author.bytes, BSYNC_ID_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	version.line = (uint32_t)bsync_db_int64(statement, 7);
	version.seq = (uint64_t)bsync_db_int64(statement, 8);
	version.stamp_ms = bsync_db_int64(statement, 9);
	item->is_open = bsync_db_is_null(statement, 15);
	out->kind = BSYNC_PULLED_ITEM;
	out->item = item;
	result = bsync_values_read(key, arena, BSYNC_KEY_COLUMNS_MAX, &out->key, &out->key_count);
	if (result == BSYNC_OK)
		result = item_times(aim, &version, item);
	return result == BSYNC_OK ? item_cells(aim, sql, face, &version, cells, arena, item) : result;
}

enum bsync_result bsync_pull_row(const struct bsync_pull_aim *aim, const struct bsync_feed_entry *entry,
				 struct bsync_arena *arena, struct bsync_pulled_row *row, bool *is_sent)
{
	struct bsync_base *base = &aim->view->base;
	struct bsync_table_sql *sql = bsync_tables_find(&base->tables, entry->table_no);
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, ITEM_GET);
	int face = sql != NULL ? face_index(sql->table, entry->face_no) : -1;
	enum bsync_result result;

	*row = (struct bsync_pulled_row){
		.table_no = entry->table_no, .face_no = entry->face_no, .counter = entry->counter};
	*is_sent = true;
	if (face < 0)
		return BSYNC_STORAGE_CORRUPT;
	switch (entry->kind) {
	case 0:
		return live_fill(aim, sql, (uint32_t)face, entry, arena, row, is_sent);
	case 1:
	case 3:
		return gone_fill(sql, entry, arena, row);
	case 2:
		bsync_db_bind_value(statement, 1, &entry->ref);
		result = bsync_db_row(statement);
		if (result == BSYNC_OK)
			result = item_read(aim, statement, sql, (uint32_t)face, arena, row);
		bsync_db_reset(statement);
		return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
	}
	return BSYNC_STORAGE_CORRUPT;
}
