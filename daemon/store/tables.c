#include "daemon/store/tables.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENT_SIZE_MAX = 1 << 20 };

void bsync_mask_add(struct bsync_mask *mask, uint32_t column)
{
	assert(column < BSYNC_COLUMNS_MAX);
	mask->words[column / 64] |= UINT64_C(1) << (column % 64);
}

bool bsync_mask_has(const struct bsync_mask *mask, uint32_t column)
{
	assert(column < BSYNC_COLUMNS_MAX);
	return (mask->words[column / 64] >> (column % 64) & 1) != 0;
}

void bsync_mask_join(struct bsync_mask *mask, const struct bsync_mask *other)
{
	for (int i = 0; i < BSYNC_MASK_WORDS; i++)
		mask->words[i] |= other->words[i];
}

void bsync_mask_meet(struct bsync_mask *mask, const struct bsync_mask *other)
{
	for (int i = 0; i < BSYNC_MASK_WORDS; i++)
		mask->words[i] &= other->words[i];
}

bool bsync_mask_covers(const struct bsync_mask *whole, const struct bsync_mask *part)
{
	for (int i = 0; i < BSYNC_MASK_WORDS; i++) {
		if ((part->words[i] & ~whole->words[i]) != 0)
			return false;
	}
	return true;
}

bool bsync_mask_is_empty(const struct bsync_mask *mask)
{
	for (int i = 0; i < BSYNC_MASK_WORDS; i++) {
		if (mask->words[i] != 0)
			return false;
	}
	return true;
}

/* Text that grows; the first failure sticks. */
struct text {
	struct bsync_buffer buffer;
	enum bsync_result result;
};

static void put(struct text *text, const char *piece)
{
	if (text->result == BSYNC_OK)
		text->result = bsync_buffer_append(&text->buffer, piece, strlen(piece));
}

/* Names are quoted: a schema may call a column what it likes. */
static void put_name(struct text *text, const char *name)
{
	char one[2] = {0};

	put(text, "\"");
	for (; *name != '\0'; name++) {
		one[0] = *name;
		put(text, one);
		if (*name == '"')
			put(text, one);
	}
	put(text, "\"");
}

static void put_parameter(struct text *text, uint32_t index)
{
	char number[16];

	snprintf(number, sizeof(number), "?%u", index);
	put(text, number);
}

static void put_columns(struct text *text, const struct bsync_table *table)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		put_name(text, table->columns[i].name);
		put(text, ", ");
	}
	put(text, "_bsync");
}

static void put_key(struct text *text, const struct bsync_table *table, uint32_t first)
{
	put(text, " WHERE ");
	for (uint32_t i = 0; i < table->key_count; i++) {
		put(text, i == 0 ? "" : " AND ");
		put_name(text, table->columns[table->key[i]].name);
		put(text, " = ");
		put_parameter(text, first + i);
	}
}

static enum bsync_result text_prepare(struct text *text, struct bsync_db *db, sqlite3_stmt **out)
{
	enum bsync_result result;

	if (text->result == BSYNC_OK)
		text->result = bsync_buffer_append(&text->buffer, "", 1);
	result = text->result;
	if (result == BSYNC_OK)
		result = bsync_db_prepare(db, (const char *)text->buffer.data, out);
	bsync_buffer_clear(&text->buffer);
	return result;
}

static void text_init(struct text *text)
{
	text->result = BSYNC_OK;
	bsync_buffer_init(&text->buffer, STATEMENT_SIZE_MAX);
}

enum bsync_result bsync_table_sql_insert(struct bsync_table_sql *sql, sqlite3_stmt **out)
{
	const struct bsync_table *table = sql->table;
	struct text text;

	if (sql->insert != NULL) {
		*out = sql->insert;
		return BSYNC_OK;
	}
	text_init(&text);
	put(&text, "INSERT INTO ");
	put_name(&text, table->name);
	put(&text, "(");
	put_columns(&text, table);
	put(&text, ") VALUES(");
	for (uint32_t i = 0; i <= table->column_count; i++) {
		put(&text, i == 0 ? "" : ", ");
		put_parameter(&text, i + 1);
	}
	put(&text, ") ON CONFLICT DO NOTHING");
	enum bsync_result result = text_prepare(&text, sql->db, &sql->insert);
	*out = sql->insert;
	return result;
}

enum bsync_result bsync_table_sql_select(const struct bsync_table_sql *sql, const char *tail, sqlite3_stmt **out)
{
	struct text text;

	text_init(&text);
	put(&text, sql->table->is_without_rowid ? "SELECT NULL, " : "SELECT _rowid_, ");
	put_columns(&text, sql->table);
	put(&text, " FROM ");
	put_name(&text, sql->table->name);
	put(&text, tail);
	return text_prepare(&text, sql->db, out);
}

enum bsync_result bsync_table_sql_by_key(struct bsync_table_sql *sql, sqlite3_stmt **out)
{
	struct text tail;
	enum bsync_result result;

	if (sql->by_key != NULL) {
		*out = sql->by_key;
		return BSYNC_OK;
	}
	text_init(&tail);
	put_key(&tail, sql->table, 1);
	if (tail.result == BSYNC_OK)
		tail.result = bsync_buffer_append(&tail.buffer, "", 1);
	result = tail.result;
	if (result == BSYNC_OK)
		result = bsync_table_sql_select(sql, (const char *)tail.buffer.data, &sql->by_key);
	bsync_buffer_clear(&tail.buffer);
	*out = sql->by_key;
	return result;
}

enum bsync_result bsync_table_sql_by_rowid(struct bsync_table_sql *sql, sqlite3_stmt **out)
{
	enum bsync_result result = BSYNC_OK;

	assert(!sql->table->is_without_rowid);
	if (sql->by_rowid == NULL)
		result = bsync_table_sql_select(sql, " WHERE _rowid_ = ?1", &sql->by_rowid);
	*out = sql->by_rowid;
	return result;
}

enum bsync_result bsync_table_sql_remove(struct bsync_table_sql *sql, sqlite3_stmt **out)
{
	struct text text;

	if (sql->remove != NULL) {
		*out = sql->remove;
		return BSYNC_OK;
	}
	text_init(&text);
	put(&text, "DELETE FROM ");
	put_name(&text, sql->table->name);
	put_key(&text, sql->table, 1);
	enum bsync_result result = text_prepare(&text, sql->db, &sql->remove);
	*out = sql->remove;
	return result;
}

enum bsync_result bsync_table_sql_update(struct bsync_table_sql *sql, const struct bsync_mask *mask, sqlite3_stmt **out)
{
	const struct bsync_table *table = sql->table;
	struct bsync_update_sql *slot = NULL;
	struct text text;
	uint32_t parameter = 1;

	for (uint32_t i = 0; i < BSYNC_UPDATES_MAX; i++) {
		slot = &sql->updates[i];
		if (slot->statement != NULL && memcmp(&slot->mask, mask, sizeof(*mask)) == 0) {
			*out = slot->statement;
			return BSYNC_OK;
		}
	}
	slot = &sql->updates[sql->update_next++ % BSYNC_UPDATES_MAX];
	bsync_db_finalize(&slot->statement);
	text_init(&text);
	put(&text, "UPDATE ");
	put_name(&text, table->name);
	put(&text, " SET ");
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!bsync_mask_has(mask, i))
			continue;
		put_name(&text, table->columns[i].name);
		put(&text, " = ");
		put_parameter(&text, parameter++);
		put(&text, ", ");
	}
	put(&text, "_bsync = ");
	put_parameter(&text, parameter++);
	put_key(&text, table, parameter);
	slot->mask = *mask;
	enum bsync_result result = text_prepare(&text, sql->db, &slot->statement);
	*out = slot->statement;
	return result;
}

/* An expression that names no column has one value for all rows: then it prepares without them. */
static enum bsync_result face_prepare(struct bsync_table_sql *sql, uint32_t index)
{
	const struct bsync_table *table = sql->table;
	const struct bsync_face *face = &table->faces[index];
	struct bsync_face_sql *out = &sql->faces[index];
	struct text text;
	enum bsync_result result;

	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!table->columns[i].is_key && face->has_column[i])
			bsync_mask_add(&out->columns, i);
	}
	bsync_mask_join(&sql->travels, &out->columns);
	if (face->scope_column >= 0) {
		out->form = BSYNC_SCOPE_COLUMN;
		return BSYNC_OK;
	}
	text_init(&text);
	put(&text, "SELECT (");
	put(&text, face->scope_sql);
	put(&text, ")");
	result = text_prepare(&text, sql->db, &out->statement);
	if (result == BSYNC_OK) {
		out->form = BSYNC_SCOPE_CONSTANT;
		result = bsync_db_row(out->statement);
		if (result == BSYNC_OK)
			out->constant = bsync_db_value(out->statement, 0);
		return result;
	}
	out->form = BSYNC_SCOPE_EXPRESSION;
	text_init(&text);
	put(&text, "SELECT (");
	put(&text, face->scope_sql);
	put(&text, ") FROM (SELECT ");
	for (uint32_t i = 0; i < table->column_count; i++) {
		put(&text, i == 0 ? "" : ", ");
		put_parameter(&text, i + 1);
		put(&text, " AS ");
		put_name(&text, table->columns[i].name);
	}
	put(&text, ") AS ");
	put_name(&text, table->name);
	return text_prepare(&text, sql->db, &out->statement);
}

enum bsync_result bsync_table_sql_scope(struct bsync_table_sql *sql, uint32_t face, const struct bsync_value *values,
					struct bsync_value *scope)
{
	struct bsync_face_sql *out = &sql->faces[face];
	enum bsync_result result;

	assert(face < sql->table->face_count);
	switch (out->form) {
	case BSYNC_SCOPE_COLUMN:
		*scope = values[sql->table->faces[face].scope_column];
		return BSYNC_OK;
	case BSYNC_SCOPE_CONSTANT:
		*scope = out->constant;
		return BSYNC_OK;
	case BSYNC_SCOPE_EXPRESSION:
		break;
	}
	sqlite3_reset(out->statement);
	for (uint32_t i = 0; i < sql->table->column_count; i++)
		bsync_db_bind_value(out->statement, (int)i + 1, &values[i]);
	/* The statement stays on its row, which lends the value. */
	result = bsync_db_row(out->statement);
	*scope = result == BSYNC_OK ? bsync_db_value(out->statement, 0) : bsync_value_null();
	return result;
}

static enum bsync_result deps_prepare(struct bsync_table_sql *sql, const struct bsync_schema *schema, uint32_t index)
{
	enum bsync_result result = BSYNC_OK;

	sql->deps = calloc(schema->dep_count + 1, sizeof(*sql->deps));
	if (sql->deps == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < schema->dep_count && result == BSYNC_OK; i++) {
		struct bsync_dep_sql *dep = &sql->deps[sql->dep_count];

		if (schema->deps[i].table != index)
			continue;
		dep->circle = schema->deps[i].circle;
		sql->dep_count++;
		result = bsync_db_prepare(sql->db, schema->deps[i].scopes_sql, &dep->scopes);
	}
	return result;
}

static enum bsync_result table_init(struct bsync_table_sql *sql, struct bsync_db *db, const struct bsync_schema *schema,
				    uint32_t index)
{
	const struct bsync_table *table = &schema->tables[index];
	enum bsync_result result = BSYNC_OK;

	sql->table = table;
	sql->db = db;
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].no > sql->column_no_max)
			sql->column_no_max = table->columns[i].no;
	}
	sql->column_of = calloc((size_t)sql->column_no_max + 1, sizeof(*sql->column_of));
	sql->faces = calloc(table->face_count + 1, sizeof(*sql->faces));
	if (sql->column_of == NULL || sql->faces == NULL)
		return BSYNC_NO_MEMORY;
	sql->has_simple_rules = true;
	for (uint32_t i = 0; i < table->column_count; i++) {
		enum bsync_rule rule = table->columns[i].rule;

		sql->column_of[table->columns[i].no] = (uint16_t)(i + 1);
		if (!table->columns[i].is_key && table->columns[i].travels &&
		    (rule == BSYNC_RULE_COUNTER || rule == BSYNC_RULE_SET || rule == BSYNC_RULE_SERVER ||
		     rule == BSYNC_RULE_ORDER))
			sql->has_simple_rules = false;
	}
	for (uint32_t i = 0; i < table->face_count && result == BSYNC_OK; i++)
		result = face_prepare(sql, i);
	return result;
}

enum bsync_result bsync_table_sql_namers(const struct bsync_table_sql *sql, uint32_t column, sqlite3_stmt **out)
{
	const struct bsync_table *table = sql->table;
	sqlite3_str *text = sqlite3_str_new(NULL);
	char *select = NULL;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < table->key_count; i++)
		sqlite3_str_appendf(text, "%s\"%w\"", i == 0 ? "SELECT " : ", ", table->columns[table->key[i]].name);
	sqlite3_str_appendf(text, " FROM main.\"%w\" WHERE \"%w\" = ?1", table->name, table->columns[column].name);
	select = sqlite3_str_finish(text);
	result = select != NULL ? bsync_db_prepare(sql->db, select, out) : BSYNC_NO_MEMORY;
	sqlite3_free(select);
	return result;
}

/* A query that is only asked about one worker: so an index finds that one, where the query's first column has one.  A column
 * that has no name to be asked by is read whole. */
static enum bsync_result asked_prepare(struct bsync_db *db, const char *sql, sqlite3_stmt **out)
{
	sqlite3_stmt *whole = NULL;
	char *asked = NULL;
	enum bsync_result result = bsync_db_prepare(db, sql, &whole);

	if (result != BSYNC_OK)
		return result;
	asked = sqlite3_mprintf("SELECT * FROM (%s\n) WHERE \"%w\" IS :worker", sql, sqlite3_column_name(whole, 0));
	result = asked != NULL ? bsync_db_prepare(db, asked, out) : BSYNC_NO_MEMORY;
	sqlite3_free(asked);
	if (result == BSYNC_OK || result == BSYNC_NO_MEMORY) {
		bsync_db_finalize(&whole);
		return result;
	}
	*out = whole;
	return BSYNC_OK;
}

static enum bsync_result circle_init(struct bsync_circle_sql *sql, struct bsync_db *db,
				     const struct bsync_circle *circle)
{
	enum bsync_result result = bsync_db_prepare(db, circle->members_sql, &sql->members);

	sql->circle = circle;
	if (result == BSYNC_OK && circle->writers_sql != NULL) {
		sql->nobody_writes = circle->writers_sql[0] == '\0';
		if (!sql->nobody_writes)
			result = asked_prepare(db, circle->writers_sql, &sql->writers);
	}
	if (result == BSYNC_OK && circle->founders_sql != NULL)
		result = asked_prepare(db, circle->founders_sql, &sql->founders);
	return result;
}

enum bsync_result bsync_tables_init(struct bsync_tables *tables, struct bsync_db *db, const struct bsync_schema *schema,
				    bool with_circles)
{
	enum bsync_result result = BSYNC_OK;

	assert(tables != NULL && tables->tables == NULL);
	tables->schema = schema;
	tables->tables = calloc(schema->table_count + 1, sizeof(*tables->tables));
	tables->circles = calloc(schema->circle_count + 1, sizeof(*tables->circles));
	if (tables->tables == NULL || tables->circles == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < schema->table_count && result == BSYNC_OK; i++) {
		result = table_init(&tables->tables[i], db, schema, i);
		if (result == BSYNC_OK && with_circles)
			result = deps_prepare(&tables->tables[i], schema, i);
	}
	for (uint32_t i = 0; with_circles && i < schema->circle_count && result == BSYNC_OK; i++) {
		result = circle_init(&tables->circles[i], db, &schema->circles[i]);
		if (schema->circles[i].root_table >= 0)
			tables->tables[schema->circles[i].root_table].is_root = true;
	}
	for (uint32_t i = 0; i < schema->reference_count; i++) {
		tables->tables[schema->references[i].table].is_child = true;
		tables->tables[schema->references[i].parent].is_parent = true;
	}
	return result;
}

static void table_clear(struct bsync_table_sql *sql)
{
	for (uint32_t i = 0; sql->faces != NULL && i < sql->table->face_count; i++)
		bsync_db_finalize(&sql->faces[i].statement);
	for (uint32_t i = 0; i < sql->dep_count; i++)
		bsync_db_finalize(&sql->deps[i].scopes);
	for (uint32_t i = 0; i < BSYNC_UPDATES_MAX; i++)
		bsync_db_finalize(&sql->updates[i].statement);
	bsync_db_finalize(&sql->insert);
	bsync_db_finalize(&sql->by_key);
	bsync_db_finalize(&sql->by_rowid);
	bsync_db_finalize(&sql->remove);
	free(sql->column_of);
	free(sql->faces);
	free(sql->deps);
}

void bsync_tables_clear(struct bsync_tables *tables)
{
	assert(tables != NULL);
	for (uint32_t i = 0; tables->tables != NULL && i < tables->schema->table_count; i++)
		table_clear(&tables->tables[i]);
	for (uint32_t i = 0; tables->circles != NULL && i < tables->schema->circle_count; i++) {
		bsync_db_finalize(&tables->circles[i].members);
		bsync_db_finalize(&tables->circles[i].writers);
		bsync_db_finalize(&tables->circles[i].founders);
	}
	free(tables->tables);
	free(tables->circles);
	*tables = (struct bsync_tables){0};
}

struct bsync_table_sql *bsync_tables_find(struct bsync_tables *tables, uint32_t no)
{
	const struct bsync_table *table = bsync_schema_table(tables->schema, no);

	return table != NULL ? &tables->tables[table - tables->schema->tables] : NULL;
}

int bsync_table_sql_column(const struct bsync_table_sql *sql, uint32_t no)
{
	return no <= sql->column_no_max ? (int)sql->column_of[no] - 1 : -1;
}
