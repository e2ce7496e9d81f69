#include "core/schema/capture.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PIECE_SIZE = 1024, SQL_SIZE_MAX = 1024 * 1024 };

/* Text being written; the first failure sticks. */
struct text {
	struct bsync_buffer *out;
	enum bsync_result result;
};

static void put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
	assert(text != NULL);
	assert(format != NULL);
	char piece[PIECE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	if (text->result == BSYNC_OK && (size < 0 || (size_t)size >= sizeof(piece)))
		text->result = BSYNC_TOO_LARGE;
	if (text->result == BSYNC_OK)
		text->result = bsync_buffer_append(text->out, piece, (size_t)size);
}

/* The key as it stands in the log; `row` is OLD or NEW. */
static void key_write(struct text *text, const struct bsync_table *table, const char *row)
{
	assert(table->key_count >= 1);
	if (table->key_count > 1)
		put(text, "bsync_pack(");
	for (uint32_t i = 0; i < table->key_count; i++)
		put(text, "%s%s.\"%s\"", i != 0 ? "," : "", row, table->columns[table->key[i]].name);
	if (table->key_count > 1)
		put(text, ")");
}

/* "OLD and NEW have the same key." */
static void key_is_same(struct text *text, const struct bsync_table *table)
{
	assert(text != NULL);
	assert(table != NULL);
	for (uint32_t i = 0; i < table->key_count; i++) {
		const char *name = table->columns[table->key[i]].name;
		put(text, "%sOLD.\"%s\" IS NEW.\"%s\"", i != 0 ? " AND " : "", name, name);
	}
}

/* "Column `i` has another value."  Bytewise, whatever the column's collation; 1 and 1.0 differ where a column
 * of type ANY can hold both. */
static void change_write(struct text *text, const struct bsync_column *column)
{
	assert(text != NULL);
	assert(column != NULL);
	const char *name = column->name;

	put(text, "(OLD.\"%s\" IS NOT NEW.\"%s\" COLLATE BINARY", name, name);
	if (column->affinity == BSYNC_AFFINITY_ANY)
		put(text, " OR typeof(OLD.\"%s\") IS NOT typeof(NEW.\"%s\")", name, name);
	put(text, ")");
}

/* `row` is OLD or NEW. */
static void values_write(struct text *text, const struct bsync_table *table, const char *row, uint32_t first,
			 uint32_t end)
{
	assert(text != NULL);
	assert(table != NULL);
	for (uint32_t i = first; i < end; i++)
		put(text, "%s%s.\"%s\"", i != first ? "," : "", row, table->columns[i].name);
}

/* `event` is what the trigger is of, up to ON. */
static void trigger_begin(struct text *text, const struct bsync_table *table, const char *name, const char *event)
{
	assert(text != NULL);
	assert(table != NULL);
	put(text, "DROP TRIGGER IF EXISTS \"bsync_capture_%u_%s\";\n", table->no, name);
	put(text, "CREATE TRIGGER \"bsync_capture_%u_%s\" AFTER %s", table->no, name, event);
}

static void trigger_on(struct text *text, const struct bsync_table *table)
{
	assert(text != NULL);
	assert(table != NULL);
	put(text, " ON \"%s\" WHEN bsync_capturing()", table->name);
}

/* A statement that names no column of the key cannot change it, and then needs not compile this trigger; but a key
 * that is the rowid has other names too. */
static void key_columns(struct text *text, const struct bsync_table *table)
{
	assert(text != NULL);
	assert(table->key_count >= 1);
	bool may_be_rowid = table->key_count == 1 && !table->is_without_rowid &&
			    table->columns[table->key[0]].affinity == BSYNC_AFFINITY_INTEGER;

	for (uint32_t i = 0; i < table->key_count && !may_be_rowid; i++)
		put(text, "%s\"%s\"", i != 0 ? "," : " OF ", table->columns[table->key[i]].name);
}

static void insert_log(struct text *text, const struct bsync_table *table)
{
	assert(text != NULL);
	assert(table != NULL);
	put(text, " INSERT INTO bsync_capture(tno,op,key,new) VALUES(%u,%d,", table->no, BSYNC_CAPTURE_INSERT);
	key_write(text, table, "NEW");
	put(text, ",bsync_new(");
	values_write(text, table, "NEW", 0, table->column_count);
	put(text, "));");
}

static void delete_log(struct text *text, const struct bsync_table *table)
{
	assert(text != NULL);
	assert(table != NULL);
	put(text, " INSERT INTO bsync_capture(tno,op,key,old) VALUES(%u,%d,", table->no, BSYNC_CAPTURE_DELETE);
	key_write(text, table, "OLD");
	put(text, ",bsync_pack(");
	values_write(text, table, "OLD", 0, table->column_count);
	put(text, "));");
}

/* The mask is computed once, in a query of its own; no row where nothing has changed. */
static void update_log(struct text *text, const struct bsync_table *table, uint32_t group)
{
	uint32_t first = group * BSYNC_CAPTURE_GROUP;
	uint32_t end = first + BSYNC_CAPTURE_GROUP < table->column_count ? first + BSYNC_CAPTURE_GROUP
									 : table->column_count;

	assert(first < end);
	put(text, " INSERT INTO bsync_capture(tno,op,key,mask,old) SELECT %u,%u,", table->no,
	    BSYNC_CAPTURE_UPDATE + BSYNC_CAPTURE_STRIDE * group);
	key_write(text, table, "NEW");
	put(text, ",mask,bsync_old(mask,");
	values_write(text, table, "OLD", first, end);
	put(text, ") FROM (SELECT 0");
	for (uint32_t i = first; i < end; i++) {
		if (table->columns[i].is_key)
			continue;
		put(text, "|(");
		change_write(text, &table->columns[i]);
		put(text, "<<%u)", i - first);
	}
	put(text, " AS mask) WHERE mask<>0;");
}

static void key_update_trigger(struct text *text, const struct bsync_table *table)
{
	assert(text != NULL);
	assert(table != NULL);
	trigger_begin(text, table, "key", "UPDATE");
	key_columns(text, table);
	trigger_on(text, table);
	put(text, " AND NOT (");
	key_is_same(text, table);
	put(text, ") BEGIN");
	delete_log(text, table);
	insert_log(text, table);
	put(text, " END;\n");
}

enum bsync_result bsync_capture_sql(const struct bsync_table *table, struct bsync_buffer *out)
{
	assert(table != NULL);
	assert(out != NULL);
	assert(table->key_count >= 1);
	assert(table->column_count >= 1);
	struct text text = {out, BSYNC_OK};

	trigger_begin(&text, table, "insert", "INSERT");
	trigger_on(&text, table);
	put(&text, " BEGIN");
	insert_log(&text, table);
	put(&text, " END;\n");
	trigger_begin(&text, table, "delete", "DELETE");
	trigger_on(&text, table);
	put(&text, table->is_append_only ? " BEGIN SELECT bsync_keep();" : " BEGIN");
	delete_log(&text, table);
	put(&text, " END;\n");
	key_update_trigger(&text, table);
	trigger_begin(&text, table, "update", "UPDATE");
	trigger_on(&text, table);
	put(&text, " AND ");
	key_is_same(&text, table);
	put(&text, " BEGIN");
	for (uint32_t group = 0; group * BSYNC_CAPTURE_GROUP < table->column_count; group++)
		update_log(&text, table, group);
	put(&text, " END;\n");
	if (text.result != BSYNC_OK)
		return text.result;
	return bsync_buffer_append(out, "", 1);
}

enum bsync_result bsync_capture_install(struct bsync_db *db, const struct bsync_schema *schema)
{
	assert(db != NULL);
	assert(schema != NULL);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < schema->table_count; i++) {
		struct bsync_buffer sql;
		bsync_buffer_init(&sql, SQL_SIZE_MAX);
		result = bsync_capture_sql(&schema->tables[i], &sql);
		if (result == BSYNC_OK)
			result = bsync_db_exec(db, (const char *)sql.data);
		bsync_buffer_clear(&sql);
	}
	return result;
}
