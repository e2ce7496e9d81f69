#include "client-sdk/store/record.h"

#include <assert.h>
#include <stdlib.h>

/* The statements of one table, each prepared on first use. */
struct bsync_record_table {
	sqlite3_stmt *read, *exists, *make, *blank, *remove;
	sqlite3_stmt *put[BSYNC_FACES_MAX];
	sqlite3_stmt *scope[BSYNC_FACES_MAX];
	sqlite3_stmt *set[BSYNC_COLUMNS_MAX];
};

enum bsync_result bsync_records_make(struct bsync_file *file)
{
	assert(file->records == NULL);
	assert(file->schema != NULL);
	file->records = calloc(file->schema->table_count, sizeof(*file->records));
	return file->records != NULL || file->schema->table_count == 0 ? BSYNC_OK : BSYNC_NO_MEMORY;
}

void bsync_records_clear(struct bsync_file *file)
{
	for (uint32_t i = 0; file->records != NULL && i < file->schema->table_count; i++) {
		struct bsync_record_table *record = &file->records[i];

		bsync_db_finalize(&record->read);
		bsync_db_finalize(&record->exists);
		bsync_db_finalize(&record->make);
		bsync_db_finalize(&record->blank);
		bsync_db_finalize(&record->remove);
		for (int face = 0; face < BSYNC_FACES_MAX; face++) {
			bsync_db_finalize(&record->put[face]);
			bsync_db_finalize(&record->scope[face]);
		}
		for (int column = 0; column < BSYNC_COLUMNS_MAX; column++)
			bsync_db_finalize(&record->set[column]);
	}
	free(file->records);
	file->records = NULL;
}

static const struct bsync_table *table_of(const struct bsync_file *file, uint32_t table)
{
	assert(table < file->schema->table_count);
	return &file->schema->tables[table];
}

/* " WHERE key1 = ?1 AND key2 = ?2" */
static void where_key(sqlite3_str *sql, const struct bsync_table *table)
{
	for (uint32_t i = 0; i < table->key_count; i++)
		sqlite3_str_appendf(sql, "%s\"%w\" = ?%u", i == 0 ? " WHERE " : " AND ",
				    table->columns[table->key[i]].name, i + 1);
}

static void key_names(sqlite3_str *sql, const struct bsync_table *table)
{
	for (uint32_t i = 0; i < table->key_count; i++)
		sqlite3_str_appendf(sql, "%s\"%w\"", i == 0 ? "" : ", ", table->columns[table->key[i]].name);
}

/* Prepares what `sql` holds, which it ends. */
static enum bsync_result finish(struct bsync_file *file, sqlite3_str *sql, sqlite3_stmt **out)
{
	char *text = sqlite3_str_finish(sql);
	enum bsync_result result = text == NULL ? BSYNC_NO_MEMORY : bsync_db_prepare(&file->db, text, out);

	sqlite3_free(text);
	return result == BSYNC_OK ? BSYNC_OK : bsync_file_fail_sqlite(file, result);
}

/* TEXT that is not UTF-8 travels as a blob (PROTOCOL 3.1) and is text again in its column. */
static void bind(sqlite3_stmt *statement, int index, const struct bsync_column *column, const struct bsync_value *value)
{
	if (column->affinity == BSYNC_AFFINITY_TEXT && value->kind == BSYNC_BLOB)
		bsync_db_bind_text(statement, index, value->as.bytes);
	else
		bsync_db_bind_value(statement, index, value);
}

static void bind_key(sqlite3_stmt *statement, const struct bsync_table *table, const struct bsync_record_key *key)
{
	assert(key->count == table->key_count);
	for (uint32_t i = 0; i < key->count; i++)
		bind(statement, (int)i + 1, &table->columns[table->key[i]], &key->values[i]);
}

static enum bsync_result read_prepare(struct bsync_file *file, const struct bsync_table *table, sqlite3_stmt **out)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	for (uint32_t i = 0; i < table->column_count; i++)
		sqlite3_str_appendf(sql, "%s\"%w\"", i == 0 ? "SELECT " : ", ", table->columns[i].name);
	sqlite3_str_appendf(sql, " FROM main.\"%w\"", table->name);
	where_key(sql, table);
	return finish(file, sql, out);
}

enum bsync_result bsync_record_read(struct bsync_file *file, const struct bsync_record_key *key,
				    struct bsync_arena *arena, struct bsync_value **values)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].read;
	struct bsync_value *list = NULL;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	*values = NULL;
	if (*statement == NULL)
		result = read_prepare(file, table, statement);
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	result = bsync_db_step(*statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		result = bsync_arena_array(arena, table->column_count, sizeof(*list), &list);
		for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
			struct bsync_value value = bsync_db_value(*statement, (int)i);

			if (!bsync_value_copy(arena, &value, &list[i]))
				result = BSYNC_NO_MEMORY;
		}
	}
	bsync_db_reset(*statement);
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	*values = list;
	return BSYNC_OK;
}

enum bsync_result bsync_record_exists(struct bsync_file *file, const struct bsync_record_key *key, bool *exists)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].exists;
	enum bsync_result result = BSYNC_OK;

	if (*statement == NULL) {
		sqlite3_str *sql = sqlite3_str_new(NULL);

		sqlite3_str_appendf(sql, "SELECT 1 FROM main.\"%w\"", table->name);
		where_key(sql, table);
		result = finish(file, sql, statement);
	}
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	result = bsync_db_step(*statement, exists);
	bsync_db_reset(*statement);
	return bsync_file_fail_sqlite(file, result);
}

/* An upsert of the columns of one face: parameters are the key, then the face's other columns in table order. */
static enum bsync_result put_prepare(struct bsync_file *file, const struct bsync_table *table,
				     const struct bsync_face *face, sqlite3_stmt **out)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);
	uint32_t count = table->key_count;
	const char *separator = " DO UPDATE SET ";

	sqlite3_str_appendf(sql, "INSERT INTO main.\"%w\"(", table->name);
	key_names(sql, table);
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!face->has_column[i] || table->columns[i].is_key)
			continue;
		sqlite3_str_appendf(sql, ", \"%w\"", table->columns[i].name);
		count++;
	}
	for (uint32_t i = 0; i < count; i++)
		sqlite3_str_appendf(sql, "%s?%u", i == 0 ? ") VALUES(" : ", ", i + 1);
	sqlite3_str_appendall(sql, ") ON CONFLICT(");
	key_names(sql, table);
	sqlite3_str_appendall(sql, ")");
	if (count == table->key_count)
		sqlite3_str_appendall(sql, " DO NOTHING");
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!face->has_column[i] || table->columns[i].is_key)
			continue;
		sqlite3_str_appendf(sql, "%s\"%w\" = excluded.\"%w\"", separator, table->columns[i].name,
				    table->columns[i].name);
		separator = ", ";
	}
	return finish(file, sql, out);
}

enum bsync_result bsync_record_put_face(struct bsync_file *file, const struct bsync_record_key *key, uint32_t face,
					const struct bsync_value *values)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].put[face];
	const bool *has_column = table->faces[face].has_column;
	int index = (int)key->count;
	enum bsync_result result = BSYNC_OK;

	assert(face < table->face_count);
	if (*statement == NULL)
		result = put_prepare(file, table, &table->faces[face], statement);
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (has_column[i] && !table->columns[i].is_key)
			bind(*statement, ++index, &table->columns[i], &values[i]);
	}
	/* All parameters are bound anew each time, so the bindings need no clearing. */
	result = bsync_db_result(sqlite3_step(*statement));
	bsync_file_fail_sqlite(file, result);
	sqlite3_reset(*statement);
	return result;
}

enum bsync_result bsync_record_make(struct bsync_file *file, const struct bsync_record_key *key)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].make;
	enum bsync_result result = BSYNC_OK;

	if (*statement == NULL) {
		sqlite3_str *sql = sqlite3_str_new(NULL);

		sqlite3_str_appendf(sql, "INSERT INTO main.\"%w\"(", table->name);
		key_names(sql, table);
		for (uint32_t i = 0; i < table->key_count; i++)
			sqlite3_str_appendf(sql, "%s?%u", i == 0 ? ") VALUES(" : ", ", i + 1);
		sqlite3_str_appendall(sql, ") ON CONFLICT DO NOTHING");
		result = finish(file, sql, statement);
	}
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	return bsync_file_fail_sqlite(file, bsync_db_run(*statement));
}

/* Parameters are the key, then of each other column in table order whether it becomes NULL. */
static enum bsync_result blank_prepare(struct bsync_file *file, const struct bsync_table *table, sqlite3_stmt **out)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);
	const char *separator = " SET ";
	uint32_t count = table->key_count;

	sqlite3_str_appendf(sql, "UPDATE main.\"%w\"", table->name);
	for (uint32_t i = 0; i < table->column_count; i++) {
		const char *name = table->columns[i].name;

		if (table->columns[i].is_key)
			continue;
		sqlite3_str_appendf(sql, "%s\"%w\" = iif(?%u, NULL, \"%w\")", separator, name, ++count, name);
		separator = ", ";
	}
	where_key(sql, table);
	return finish(file, sql, out);
}

enum bsync_result bsync_record_blank(struct bsync_file *file, const struct bsync_record_key *key, const bool *is_blank)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].blank;
	int index = (int)key->count;
	bool has_blank = false;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < table->column_count; i++) {
		assert(!is_blank[i] || !table->columns[i].is_key);
		has_blank = has_blank || is_blank[i];
	}
	if (!has_blank)
		return BSYNC_OK;
	if (*statement == NULL)
		result = blank_prepare(file, table, statement);
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!table->columns[i].is_key)
			bsync_db_bind_int64(*statement, ++index, is_blank[i]);
	}
	return bsync_file_fail_sqlite(file, bsync_db_run(*statement));
}

enum bsync_result bsync_record_set(struct bsync_file *file, const struct bsync_record_key *key, uint32_t column,
				   const struct bsync_value *value)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].set[column];
	enum bsync_result result = BSYNC_OK;

	assert(column < table->column_count);
	assert(!table->columns[column].is_key);
	if (*statement == NULL) {
		sqlite3_str *sql = sqlite3_str_new(NULL);

		sqlite3_str_appendf(sql, "UPDATE main.\"%w\" SET \"%w\" = ?%u", table->name,
				    table->columns[column].name, table->key_count + 1);
		where_key(sql, table);
		result = finish(file, sql, statement);
	}
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	bind(*statement, (int)table->key_count + 1, &table->columns[column], value);
	return bsync_file_fail_sqlite(file, bsync_db_run(*statement));
}

enum bsync_result bsync_record_remove(struct bsync_file *file, const struct bsync_record_key *key)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].remove;
	enum bsync_result result = BSYNC_OK;

	if (*statement == NULL) {
		sqlite3_str *sql = sqlite3_str_new(NULL);

		sqlite3_str_appendf(sql, "DELETE FROM main.\"%w\"", table->name);
		where_key(sql, table);
		result = finish(file, sql, statement);
	}
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	return bsync_file_fail_sqlite(file, bsync_db_run(*statement));
}

enum bsync_result bsync_record_scope(struct bsync_file *file, const struct bsync_record_key *key, uint32_t face,
				     struct bsync_arena *arena, struct bsync_value *scope)
{
	const struct bsync_table *table = table_of(file, key->table);
	sqlite3_stmt **statement = &file->records[key->table].scope[face];
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	assert(face < table->face_count);
	*scope = bsync_value_null();
	if (*statement == NULL) {
		sqlite3_str *sql = sqlite3_str_new(NULL);

		sqlite3_str_appendf(sql, "SELECT (%s) FROM main.\"%w\"", table->faces[face].scope_sql, table->name);
		where_key(sql, table);
		result = finish(file, sql, statement);
	}
	if (result != BSYNC_OK)
		return result;
	bind_key(*statement, table, key);
	result = bsync_db_step(*statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		struct bsync_value value = bsync_db_value(*statement, 0);

		if (!bsync_value_copy(arena, &value, scope))
			result = BSYNC_NO_MEMORY;
	}
	bsync_db_reset(*statement);
	return bsync_file_fail_sqlite(file, result);
}

/* Copies the keys that `statement` gives into the arena, as a chain. */
struct key_link {
	struct key_link *next;
	struct bsync_value values[BSYNC_KEY_COLUMNS_MAX];
};

static enum bsync_result keys_read(sqlite3_stmt *statement, uint32_t count, struct bsync_arena *arena,
				   struct key_link **first)
{
	struct key_link **last = first;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct key_link *link = bsync_arena_take(arena, sizeof(*link));

		if (link == NULL)
			return BSYNC_NO_MEMORY;
		for (uint32_t i = 0; i < count; i++) {
			struct bsync_value value = bsync_db_value(statement, (int)i);

			if (!bsync_value_copy(arena, &value, &link->values[i]))
				return BSYNC_NO_MEMORY;
		}
		*last = link;
		last = &link->next;
	}
	return result;
}

enum bsync_result bsync_record_in_scope(struct bsync_file *file, uint32_t index, uint32_t face,
					const struct bsync_value *scope, struct bsync_arena *arena,
					enum bsync_result (*each)(void *context, const struct bsync_record_key *key),
					void *context)
{
	const struct bsync_table *table = table_of(file, index);
	sqlite3_str *sql = sqlite3_str_new(NULL);
	sqlite3_stmt *statement = NULL;
	struct key_link *first = NULL;
	enum bsync_result result = BSYNC_OK;

	sqlite3_str_appendall(sql, "SELECT ");
	key_names(sql, table);
	sqlite3_str_appendf(sql, " FROM main.\"%w\" WHERE (%s) = ?1", table->name, table->faces[face].scope_sql);
	result = finish(file, sql, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_value(statement, 1, scope);
	result = bsync_file_fail_sqlite(file, keys_read(statement, table->key_count, arena, &first));
	bsync_db_finalize(&statement);
	for (; result == BSYNC_OK && first != NULL; first = first->next) {
		const struct bsync_record_key key = {
			.table = index, .count = table->key_count, .values = first->values};

		result = each(context, &key);
	}
	return result;
}
