#include "core/schema/duplicates.h"

#include <assert.h>
#include <string.h>

#include "core/derived_id.h"

enum { KEYS_SIZE_MAX = 64 << 20, ARENA_SIZE_MAX = 64 << 20 };

const char bsync_duplicate_advice[] = "it ends by itself when one of its rows is changed or deleted, and not before";

/* One unique whose clashes are being read. */
struct search {
	const struct bsync_unique *unique;
	const struct bsync_table *table;
	struct bsync_arena *arena; /* of the item at hand */
	struct bsync_inbox_item item;
	uint32_t row_capacity;
	struct bsync_inbox_row *rows;
	bool (*row)(void *context, const struct bsync_inbox_item *item);
	void *context;
	bool goes_on;
};

/* --- The query --- */

static void columns_put(sqlite3_str *sql, const struct search *search)
{
	for (uint32_t i = 0; i < search->unique->column_count; i++)
		sqlite3_str_appendf(sql, "%s\"%w\"", i > 0 ? ", " : "",
				    search->table->columns[search->unique->columns[i]].name);
}

/* NULLs never clash. */
static void where_put(sqlite3_str *sql, const struct search *search)
{
	const struct bsync_unique *unique = search->unique;

	sqlite3_str_appendf(sql, " FROM main.\"%w\" WHERE 1", search->table->name);
	for (uint32_t i = 0; i < unique->column_count; i++)
		sqlite3_str_appendf(sql, " AND \"%w\" IS NOT NULL", search->table->columns[unique->columns[i]].name);
	for (uint32_t i = 0; i < search->table->column_count; i++) {
		if (unique->is_unless[i])
			sqlite3_str_appendf(sql, " AND \"%w\" IS NULL", search->table->columns[i].name);
	}
}

static void groups_put(sqlite3_str *sql, const struct search *search)
{
	sqlite3_str_appendall(sql, "SELECT ");
	columns_put(sql, search);
	where_put(sql, search);
	sqlite3_str_appendall(sql, " GROUP BY ");
	columns_put(sql, search);
	sqlite3_str_appendall(sql, " HAVING count(*) > 1");
}

static enum bsync_result search_prepare(struct bsync_db *db, sqlite3_str *sql, sqlite3_stmt **out)
{
	char *text = sqlite3_str_finish(sql);
	enum bsync_result result = text != NULL ? bsync_db_prepare(db, text, out) : BSYNC_NO_MEMORY;

	sqlite3_free(text);
	return result;
}

/* The compared values, then the key, of each row that clashes; those of one clash follow each other, by their keys. */
static enum bsync_result rows_prepare(struct bsync_db *db, const struct search *search, sqlite3_stmt **out)
{
	const struct bsync_table *table = search->table;
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendall(sql, "SELECT ");
	columns_put(sql, search);
	for (uint32_t i = 0; i < table->key_count; i++)
		sqlite3_str_appendf(sql, ", \"%w\"", table->columns[table->key[i]].name);
	where_put(sql, search);
	sqlite3_str_appendall(sql, " AND (");
	columns_put(sql, search);
	sqlite3_str_appendall(sql, ") IN (");
	groups_put(sql, search);
	sqlite3_str_appendall(sql, ") ORDER BY ");
	columns_put(sql, search);
	for (uint32_t i = 0; i < table->key_count; i++)
		sqlite3_str_appendf(sql, ", \"%w\"", table->columns[table->key[i]].name);
	return search_prepare(db, sql, out);
}

/* --- One clash --- */

/* PROTOCOL 7.11: "Its id is that of 7.5's label over `["duplicate", table_no, no, [key, …]]`, the keys in
 * the order of their values." */
static enum bsync_result id_make(struct search *search)
{
	struct bsync_derived_id derived;

	bsync_derived_id_begin(&derived, bsync_item_label, KEYS_SIZE_MAX);
	bsync_write_array(&derived.writer, 4);
	bsync_write_string(&derived.writer, search->item.kind);
	bsync_write_unsigned(&derived.writer, search->table->no);
	bsync_write_unsigned(&derived.writer, search->unique->no);
	bsync_write_array(&derived.writer, search->item.row_count);
	for (uint32_t i = 0; i < search->item.row_count; i++) {
		bsync_write_array(&derived.writer, search->item.key_count);
		for (uint32_t k = 0; k < search->item.key_count; k++)
			bsync_write_value(&derived.writer, &search->rows[i].key[k]);
	}
	return bsync_derived_id_end(&derived, search->item.id);
}

static bool is_same_clash(const struct search *search, sqlite3_stmt *row)
{
	for (uint32_t i = 0; i < search->item.cell_count; i++) {
		const struct bsync_value value = bsync_db_value(row, (int)i);

		if (!bsync_value_equal(&search->item.cells[i].variants[0].value, &value))
			return false;
	}
	return search->item.row_count > 0;
}

static enum bsync_result clash_begin(struct search *search, sqlite3_stmt *row)
{
	struct bsync_inbox_item *item = &search->item;
	struct bsync_variant *variants = NULL;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(search->arena);
	*item = (struct bsync_inbox_item){.kind = "duplicate",
					  .table = search->table->name,
					  .table_no = search->table->no,
					  .key_count = search->table->key_count,
					  .reason = "rows that should differ say the same",
					  .author_name = "",
					  .is_row_here = true,
					  .concern = {.is_everybody = true}};
	search->row_capacity = 0;
	result = bsync_arena_array(search->arena, search->unique->column_count, sizeof(*item->cells), &item->cells);
	if (result == BSYNC_OK)
		result = bsync_arena_array(search->arena, search->unique->column_count, sizeof(*variants), &variants);
	for (uint32_t i = 0; result == BSYNC_OK && i < search->unique->column_count; i++) {
		const struct bsync_value value = bsync_db_value(row, (int)i);
		struct bsync_inbox_cell *cell = &item->cells[item->cell_count++];

		cell->column = search->table->columns[search->unique->columns[i]].name;
		cell->rule = bsync_column_rule_name(&search->table->columns[search->unique->columns[i]]);
		cell->variant_count = 1;
		cell->variants = &variants[i];
		if (!bsync_value_copy(search->arena, &value, &variants[i].value))
			result = BSYNC_NO_MEMORY;
	}
	if (result == BSYNC_OK)
		item->shown = &item->cells[0].variants[0].value;
	return result;
}

static enum bsync_result row_add(struct search *search, sqlite3_stmt *row)
{
	struct bsync_inbox_item *item = &search->item;
	struct bsync_value *key = NULL;
	enum bsync_result result = bsync_arena_array(search->arena, item->key_count, sizeof(*key), &key);

	if (result == BSYNC_OK && item->row_count == search->row_capacity) {
		struct bsync_inbox_row *larger = NULL;

		search->row_capacity = search->row_capacity == 0 ? 4 : search->row_capacity * 2;
		result = bsync_arena_array(search->arena, search->row_capacity, sizeof(*larger), &larger);
		if (result == BSYNC_OK && item->row_count != 0)
			memcpy(larger, search->rows, item->row_count * sizeof(*larger));
		search->rows = result == BSYNC_OK ? larger : search->rows;
	}
	for (uint32_t i = 0; result == BSYNC_OK && i < item->key_count; i++) {
		const struct bsync_value value = bsync_db_value(row, (int)(search->unique->column_count + i));

		if (!bsync_value_copy(search->arena, &value, &key[i]))
			result = BSYNC_NO_MEMORY;
	}
	if (result == BSYNC_OK)
		search->rows[item->row_count++].key = key;
	return result;
}

static enum bsync_result clash_end(struct search *search)
{
	enum bsync_result result = BSYNC_OK;

	if (search->item.row_count == 0)
		return BSYNC_OK;
	search->item.rows = search->rows;
	search->item.key = search->rows[0].key;
	result = id_make(search);
	if (result == BSYNC_OK)
		search->goes_on = search->row(search->context, &search->item);
	search->item.row_count = 0;
	return result;
}

/* --- All clashes --- */

static enum bsync_result unique_list(struct bsync_db *db, struct search *search)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = rows_prepare(db, search, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row && search->goes_on) {
		if (!is_same_clash(search, statement)) {
			result = clash_end(search);
			if (result == BSYNC_OK && search->goes_on)
				result = clash_begin(search, statement);
		}
		if (result == BSYNC_OK && search->goes_on)
			result = row_add(search, statement);
		if (result == BSYNC_OK && search->goes_on)
			result = bsync_db_step(statement, &has_row);
	}
	if (result == BSYNC_OK && search->goes_on)
		result = clash_end(search);
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_duplicates_list(struct bsync_db *db, const struct bsync_schema *schema,
					struct bsync_arena *arena,
					bool (*row)(void *context, const struct bsync_inbox_item *item), void *context,
					bool *goes_on)
{
	enum bsync_result result = BSYNC_OK;

	assert(db != NULL && schema != NULL);
	assert(arena != NULL && row != NULL && goes_on != NULL);
	*goes_on = true;
	for (uint32_t i = 0; i < schema->unique_count && result == BSYNC_OK && *goes_on; i++) {
		struct search search = {.unique = &schema->uniques[i],
					.table = &schema->tables[schema->uniques[i].table],
					.arena = arena,
					.row = row,
					.context = context,
					.goes_on = true};

		result = unique_list(db, &search);
		*goes_on = search.goes_on;
	}
	return result;
}

enum bsync_result bsync_duplicates_count(struct bsync_db *db, const struct bsync_schema *schema, uint64_t *count)
{
	enum bsync_result result = BSYNC_OK;

	assert(db != NULL && schema != NULL);
	assert(count != NULL);
	*count = 0;
	for (uint32_t i = 0; i < schema->unique_count && result == BSYNC_OK; i++) {
		const struct search search = {.unique = &schema->uniques[i],
					      .table = &schema->tables[schema->uniques[i].table]};
		sqlite3_str *sql = sqlite3_str_new(NULL);
		sqlite3_stmt *statement = NULL;

		sqlite3_str_appendall(sql, "SELECT count(*) FROM (");
		groups_put(sql, &search);
		sqlite3_str_appendall(sql, ")");
		result = search_prepare(db, sql, &statement);
		if (result == BSYNC_OK)
			result = bsync_db_row(statement);
		if (result == BSYNC_OK)
			*count += (uint64_t)bsync_db_int64(statement, 0);
		bsync_db_finalize(&statement);
	}
	return result;
}

struct wanted {
	const uint8_t *id;
	bool is_found;
};

static bool look_for(void *context, const struct bsync_inbox_item *item)
{
	struct wanted *wanted = context;

	wanted->is_found = memcmp(item->id, wanted->id, BSYNC_ID_SIZE) == 0;
	return !wanted->is_found;
}

enum bsync_result bsync_duplicates_has(struct bsync_db *db, const struct bsync_schema *schema,
				       const uint8_t id[BSYNC_ID_SIZE], bool *has)
{
	struct wanted wanted = {.id = id};
	struct bsync_arena arena;
	bool goes_on = true;
	enum bsync_result result;

	assert(id != NULL && has != NULL);
	bsync_arena_init(&arena, ARENA_SIZE_MAX);
	result = bsync_duplicates_list(db, schema, &arena, look_for, &wanted, &goes_on);
	bsync_arena_clear(&arena);
	*has = wanted.is_found;
	return result;
}
