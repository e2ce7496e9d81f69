/* statement.c: the half of db.h that binds, steps and reads prepared statements. */
#include "core/sqlite/db.h"

#include <assert.h>

enum bsync_result bsync_db_prepare(struct bsync_db *db, const char *sql, sqlite3_stmt **out)
{
	assert(db != NULL);
	assert(db->handle != NULL);
	assert(sql != NULL);
	assert(out != NULL);
	return bsync_db_result(sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL));
}

void bsync_db_finalize(sqlite3_stmt **statement)
{
	assert(statement != NULL);
	sqlite3_finalize(*statement);
	*statement = NULL;
}

/* Borrowed binds allocate nothing, so they fail only on a wrong index or size: a bug of the caller. */
static void bound(int code)
{
	assert(code == SQLITE_OK);
	(void)code;
}

void bsync_db_bind_null(sqlite3_stmt *statement, int index)
{
	assert(statement != NULL);
	bound(sqlite3_bind_null(statement, index));
}

void bsync_db_bind_int64(sqlite3_stmt *statement, int index, int64_t integer)
{
	assert(statement != NULL);
	bound(sqlite3_bind_int64(statement, index, integer));
}

void bsync_db_bind_real(sqlite3_stmt *statement, int index, double real)
{
	assert(statement != NULL);
	bound(sqlite3_bind_double(statement, index, real));
}

void bsync_db_bind_text(sqlite3_stmt *statement, int index, struct bsync_bytes text)
{
	assert(text.size <= BSYNC_DB_VALUE_SIZE_MAX);
	const char *data = text.data != NULL ? (const char *)text.data : "";

	bound(sqlite3_bind_text(statement, index, data, (int)text.size, SQLITE_STATIC));
}

void bsync_db_bind_string(sqlite3_stmt *statement, int index, const char *text)
{
	assert(statement != NULL);
	if (text == NULL)
		bsync_db_bind_null(statement, index);
	else
		bsync_db_bind_text(statement, index, bsync_bytes_of_string(text));
}

void bsync_db_bind_blob(sqlite3_stmt *statement, int index, struct bsync_bytes blob)
{
	assert(statement != NULL);
	bsync_db_bind_data(statement, index, blob.data, blob.size);
}

void bsync_db_bind_data(sqlite3_stmt *statement, int index, const void *data, size_t size)
{
	assert(size <= BSYNC_DB_VALUE_SIZE_MAX);
	bound(sqlite3_bind_blob(statement, index, data != NULL ? data : "", (int)size, SQLITE_STATIC));
}

void bsync_db_bind_value(sqlite3_stmt *statement, int index, const struct bsync_value *value)
{
	assert(value != NULL);
	switch (value->kind) {
	case BSYNC_NULL:
		bsync_db_bind_null(statement, index);
		return;
	case BSYNC_INTEGER:
		bsync_db_bind_int64(statement, index, value->as.integer);
		return;
	case BSYNC_REAL:
		bsync_db_bind_real(statement, index, value->as.real);
		return;
	case BSYNC_TEXT:
		bsync_db_bind_text(statement, index, value->as.bytes);
		return;
	case BSYNC_BLOB:
		bsync_db_bind_blob(statement, index, value->as.bytes);
		return;
	}
	assert(false && "a kind of value");
}

enum bsync_result bsync_db_step(sqlite3_stmt *statement, bool *has_row)
{
	assert(statement != NULL);
	assert(has_row != NULL);
	int code = sqlite3_step(statement);

	*has_row = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return BSYNC_OK;
	sqlite3_reset(statement);
	return bsync_db_result(code);
}

enum bsync_result bsync_db_run(sqlite3_stmt *statement)
{
	assert(statement != NULL);
	int code;

	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW);
	bsync_db_reset(statement);
	return bsync_db_result(code);
}

enum bsync_result bsync_db_row(sqlite3_stmt *statement)
{
	assert(statement != NULL);
	bool has_row;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	return result == BSYNC_OK && !has_row ? BSYNC_NOT_FOUND : result;
}

void bsync_db_reset(sqlite3_stmt *statement)
{
	/* The code of reset repeats that of the step, which the caller has seen. */
	sqlite3_reset(statement);
	if (statement != NULL)
		sqlite3_clear_bindings(statement);
}

int64_t bsync_db_int64(sqlite3_stmt *statement, int index)
{
	assert(index >= 0);
	assert(index < sqlite3_data_count(statement));
	return sqlite3_column_int64(statement, index);
}

bool bsync_db_is_null(sqlite3_stmt *statement, int index)
{
	assert(index >= 0);
	assert(index < sqlite3_data_count(statement));
	return sqlite3_column_type(statement, index) == SQLITE_NULL;
}

/* sqlite3_value_* on a column that stands: its storage class, not a conversion. */
struct bsync_value bsync_db_argument(sqlite3_value *argument)
{
	assert(argument != NULL);
	struct bsync_bytes bytes;

	switch (sqlite3_value_type(argument)) {
	case SQLITE_INTEGER:
		return bsync_value_integer(sqlite3_value_int64(argument));
	case SQLITE_FLOAT:
		return bsync_value_real(sqlite3_value_double(argument));
	case SQLITE_TEXT:
		bytes.data = sqlite3_value_text(argument);
		bytes.size = (size_t)sqlite3_value_bytes(argument);
		return bsync_value_text(bytes);
	case SQLITE_BLOB:
		bytes.data = sqlite3_value_blob(argument);
		bytes.size = (size_t)sqlite3_value_bytes(argument);
		return bsync_value_blob(bytes);
	default:
		return bsync_value_null();
	}
}

struct bsync_bytes bsync_db_bytes(sqlite3_stmt *statement, int index)
{
	assert(index >= 0);
	assert(index < sqlite3_data_count(statement));
	struct bsync_bytes bytes;

	if (sqlite3_column_type(statement, index) == SQLITE_BLOB)
		bytes.data = sqlite3_column_blob(statement, index);
	else
		bytes.data = sqlite3_column_text(statement, index);
	bytes.size = (size_t)sqlite3_column_bytes(statement, index);
	return bytes;
}

const char *bsync_db_string(sqlite3_stmt *statement, int index)
{
	assert(index >= 0);
	assert(index < sqlite3_data_count(statement));
	return (const char *)sqlite3_column_text(statement, index);
}

struct bsync_value bsync_db_value(sqlite3_stmt *statement, int index)
{
	assert(index >= 0);
	assert(index < sqlite3_data_count(statement));
	struct bsync_bytes bytes;

	switch (sqlite3_column_type(statement, index)) {
	case SQLITE_INTEGER:
		return bsync_value_integer(sqlite3_column_int64(statement, index));
	case SQLITE_FLOAT:
		return bsync_value_real(sqlite3_column_double(statement, index));
	case SQLITE_TEXT:
		bytes = bsync_db_bytes(statement, index);
		return bsync_value_text(bytes);
	case SQLITE_BLOB:
		bytes = bsync_db_bytes(statement, index);
		return bsync_value_blob(bytes);
	default:
		return bsync_value_null();
	}
}

bool bsync_db_copy(sqlite3_stmt *statement, int index, void *out, size_t size)
{
	assert(out != NULL);
	if (sqlite3_column_type(statement, index) != SQLITE_BLOB)
		return false;
	if ((size_t)sqlite3_column_bytes(statement, index) != size)
		return false;
	const uint8_t *data = sqlite3_column_blob(statement, index);
	for (size_t i = 0; i < size; i++)
		((uint8_t *)out)[i] = data[i];
	return true;
}
