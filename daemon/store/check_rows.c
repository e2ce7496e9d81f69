/* check_rows.c: every row, grave and item, with its cells, its places in the feed and its conflicts. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/change.h"
#include "daemon/store/check.h"

/* A row's name for a finding. */
static const char *row_name(const struct bsync_row *row, char name[120])
{
	size_t size = (size_t)snprintf(name, 120, "table %s row ", row->sql->table->name);

	for (size_t i = 0; i < row->key_bytes.size && size + 3 < 120; i++)
		size += (size_t)snprintf(name + size, 120 - size, "%02x", row->key_bytes.data[i]);
	return name;
}

static enum bsync_result place_check(struct bsync_check *check, const struct bsync_row *row,
				     const struct bsync_entry *entry)
{
	const struct bsync_table *table = row->sql->table;
	struct bsync_value ref = row->is_live ? bsync_row_ref(row) : bsync_value_blob(row->key_bytes);
	bool has_row = false;
	char name[120];
	enum bsync_result result;

	assert(entry != NULL);
	bsync_db_bind_int64(check->feed_has, 1, (int64_t)entry->scope);
	bsync_db_bind_int64(check->feed_has, 2, (int64_t)row->cells.changed);
	bsync_db_bind_int64(check->feed_has, 3, table->no);
	bsync_db_bind_int64(check->feed_has, 4, table->faces[entry->face].no);
	bsync_db_bind_value(check->feed_has, 5, &ref);
	bsync_db_bind_int64(check->feed_has, 6, row->is_live ? BSYNC_FEED_ROW : BSYNC_FEED_DELETED);
	result = bsync_db_step(check->feed_has, &has_row);
	bsync_db_reset(check->feed_has);
	if (result == BSYNC_OK && !has_row)
		bsync_check_say(check, "%s is not at its place in the feed of scope %" PRIu64, row_name(row, name),
				entry->scope);
	check->feed_rows += has_row;
	return result;
}

/* The number of the scope in which face `face` puts a row; 0 for none. */
static enum bsync_result scope_no(struct bsync_check *check, const struct bsync_row *row, uint32_t face, uint64_t *no)
{
	struct bsync_base *base = &check->view->base;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_FIND);
	struct bsync_value value;
	enum bsync_result result = bsync_table_sql_scope(row->sql, face, row->values, &value);

	*no = 0;
	if (result != BSYNC_OK || value.kind == BSYNC_NULL)
		return result;
	bsync_db_bind_int64(statement, 1, base->schema->circles[row->sql->table->faces[face].circle].no);
	bsync_db_bind_value(statement, 2, &value);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*no = (uint64_t)bsync_db_int64(statement, 0);
	/* A scope that the store does not know is none that a row can be in. */
	if (result == BSYNC_NOT_FOUND) {
		*no = UINT64_MAX;
		result = BSYNC_OK;
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result entries_check(struct bsync_check *check, const struct bsync_row *row)
{
	uint32_t at = 0;
	char name[120];

	for (uint32_t face = 0; face < row->sql->table->face_count; face++) {
		const struct bsync_entry *entry = at < row->cells.entry_count ? &row->cells.entries[at] : NULL;
		bool is_entered = entry != NULL && entry->face == face;
		uint64_t no = 0;
		enum bsync_result result = scope_no(check, row, face, &no);

		if (result != BSYNC_OK)
			return result;
		if ((no != 0) != is_entered || (is_entered && entry->scope != no))
			bsync_check_say(check, "%s is in another scope of face %s than its metadata say",
					row_name(row, name), row->sql->table->faces[face].name);
		at += is_entered;
	}
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		enum bsync_result result = place_check(check, row, &row->cells.entries[i]);

		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

static enum bsync_result conflict_check(struct bsync_check *check, const struct bsync_row *row,
					const struct bsync_cell *cell)
{
	const struct bsync_table *table = row->sql->table;
	uint8_t id[BSYNC_ID_SIZE];
	uint8_t known[BSYNC_ID_SIZE] = {0};
	char name[120];
	bool is_known = false;
	enum bsync_result result = bsync_past_conflict_id(&check->view->base, row, cell, &check->arena, id);

	if (result != BSYNC_OK)
		return result;
	check->conflicts++;
	bsync_db_bind_int64(check->conflict_has, 1, table->no);
	bsync_db_bind_blob(check->conflict_has, 2, row->key_bytes);
	bsync_db_bind_int64(check->conflict_has, 3, table->columns[cell->column].no);
	result = bsync_db_row(check->conflict_has);
	if (result == BSYNC_OK)
		is_known = bsync_db_copy(check->conflict_has, 0, known, sizeof(known));
	bsync_db_reset(check->conflict_has);
	if (!is_known || memcmp(id, known, sizeof(id)) != 0)
		bsync_check_say(check, "%s: the conflict in column %s is not in the index", row_name(row, name),
				table->columns[cell->column].name);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

static enum bsync_result cells_check(struct bsync_check *check, const struct bsync_row *row)
{
	const struct bsync_table *table = row->sql->table;
	struct bsync_lines lines = bsync_base_merge_lines(&check->view->base);
	char name[120];

	for (uint32_t i = 0; i < row->cells.cell_count; i++) {
		const struct bsync_cell *cell = &row->cells.cells[i];
		const struct bsync_column *column = &table->columns[cell->column];
		struct bsync_shown shown;
		enum bsync_result result = BSYNC_OK;

		for (uint32_t k = 0; k < cell->count; k++) {
			const struct bsync_version *version = &cell->standing[k].version;

			if (version->line < lines.count && version->counter <= check->counter)
				continue;
			bsync_check_say(check, "%s: column %s has a version that no line wrote", row_name(row, name),
					column->name);
			return BSYNC_OK;
		}
		result = bsync_merge_shown(column, &lines, &check->arena, cell, &shown);
		if (result == BSYNC_OK && !bsync_value_equal(&shown.value, &row->values[cell->column]))
			bsync_check_say(check, "%s: column %s shows another value than its versions give",
					row_name(row, name), column->name);
		if (result == BSYNC_OK && row->is_live && shown.is_conflict)
			result = conflict_check(check, row, cell);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

static enum bsync_result row_check(struct bsync_check *check, const struct bsync_row *row)
{
	char name[120];
	enum bsync_result result = BSYNC_OK;

	if (row->cells.changed > check->counter)
		bsync_check_say(check, "%s has changed at %" PRIu64 ", after the store's position", row_name(row, name),
				row->cells.changed);
	if (row->cells.is_deleted == row->is_live)
		bsync_check_say(check, "%s is %s but its metadata say otherwise", row_name(row, name),
				row->is_live ? "there" : "deleted");
	result = entries_check(check, row);
	return result == BSYNC_OK ? cells_check(check, row) : result;
}

static enum bsync_result table_check(struct bsync_check *check, struct bsync_table_sql *sql)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_table_sql_select(sql, "", &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_row row;

		bsync_arena_reset(&check->arena);
		result = bsync_row_read(sql, statement, &check->arena, &row);
		if (result == BSYNC_STORAGE_CORRUPT) {
			char name[120];

			bsync_check_say(check, "%s: its metadata can not be read", row_name(&row, name));
			result = BSYNC_OK;
		} else if (result == BSYNC_OK) {
			result = row_check(check, &row);
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	return result;
}

/* One grave by its key; GRAVE_KEYS stands on it. */
static enum bsync_result grave_check(struct bsync_check *check, uint32_t table_no, struct bsync_bytes key)
{
	struct bsync_base *base = &check->view->base;
	struct bsync_table_sql *sql = bsync_tables_find(&base->tables, table_no);
	struct bsync_value *values = NULL;
	struct bsync_row row;
	uint32_t count = 0;
	enum bsync_result result;

	bsync_arena_reset(&check->arena);
	result = bsync_values_read(key, &check->arena, BSYNC_KEY_COLUMNS_MAX, &values, &count);
	if (sql == NULL || result == BSYNC_STORAGE_CORRUPT || (result == BSYNC_OK && count != sql->table->key_count)) {
		bsync_check_say(check, "a deleted row of table %" PRIu32 " has no key of that table", table_no);
		return BSYNC_OK;
	}
	if (result == BSYNC_OK)
		result = bsync_row_by_key(base, sql, values, true, &check->arena, &row);
	if (result == BSYNC_STORAGE_CORRUPT || (result == BSYNC_OK && !row.is_grave)) {
		bsync_check_say(check, "a deleted row of table %s is there too, or can not be read", sql->table->name);
		return BSYNC_OK;
	}
	return result == BSYNC_OK ? row_check(check, &row) : result;
}

static enum bsync_result graves_check(struct bsync_check *check)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&check->view->base, GRAVE_KEYS);
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	while (result == BSYNC_OK && has_row) {
		result = grave_check(check, (uint32_t)bsync_db_int64(statement, 0), bsync_db_bytes(statement, 1));
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* Counts with one query. */
static enum bsync_result count(struct bsync_check *check, const char *sql, uint64_t *out)
{
	int64_t number = 0;
	enum bsync_result result = bsync_db_query_int64(&check->view->base.db, sql, &number);

	*out = (uint64_t)number;
	return result;
}

enum bsync_result bsync_check_rows(struct bsync_check *check)
{
	struct bsync_tables *tables = &check->view->base.tables;
	uint64_t feed = 0;
	uint64_t items = 0;
	uint64_t lost = 0;
	uint64_t conflicts = 0;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < tables->schema->table_count && result == BSYNC_OK; i++) {
		if (tables->schema->tables[i].face_count != 0)
			result = table_check(check, &tables->tables[i]);
	}
	if (result == BSYNC_OK)
		result = graves_check(check);
	if (result == BSYNC_OK)
		result = count(check, "SELECT count(*) FROM bsync_feed WHERE kind <> 1", &feed);
	if (result == BSYNC_OK)
		result = count(check, "SELECT count(*) FROM bsync_item WHERE scope_no <> 0", &items);
	if (result == BSYNC_OK)
		result = count(check,
			       "SELECT count(*) FROM bsync_item i WHERE i.scope_no <> 0 AND NOT EXISTS (SELECT 1 FROM "
			       "bsync_feed f WHERE f.scope_no = i.scope_no AND f.counter = i.counter AND f.table_no = "
			       "i.table_no AND f.face_no = i.face_no AND f.ref = i.id AND f.kind = 2)",
			       &lost);
	if (result == BSYNC_OK)
		result = count(check, "SELECT count(*) FROM bsync_conflict", &conflicts);
	if (result != BSYNC_OK)
		return result;
	if (lost != 0)
		bsync_check_say(check, "%" PRIu64 " inbox items are not at their place in the feed", lost);
	if (feed != check->feed_rows + items - lost)
		bsync_check_say(check, "the feed has %" PRIu64 " entries, the rows account for %" PRIu64, feed,
				check->feed_rows + items - lost);
	if (conflicts != check->conflicts)
		bsync_check_say(check, "the index has %" PRIu64 " conflicts, the rows have %" PRIu64, conflicts,
				check->conflicts);
	return BSYNC_OK;
}
