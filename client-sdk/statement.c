/* The application's SQL: a thin face of SQLite, each call under the mutex of the client. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/client.h"

static int enter_of(struct bsync_statement *statement, struct bsync_error *error)
{
	if (statement == NULL || statement->client == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0,
				     "no statement: it is NULL, or its client was closed; prepare one first");
	return BSYNC_DONE;
}

static void chain(struct bsync_client *client, struct bsync_statement *statement)
{
	statement->client = client;
	statement->next = client->statements;
	if (statement->next != NULL)
		statement->next->previous = statement;
	client->statements = statement;
}

static void unchain(struct bsync_client *client, struct bsync_statement *statement)
{
	if (statement->previous != NULL)
		statement->previous->next = statement->next;
	else
		client->statements = statement->next;
	if (statement->next != NULL)
		statement->next->previous = statement->previous;
}

int bsync_prepare(struct bsync_client *client, const char *sql, size_t size, struct bsync_statement **statement,
		  const char **tail, struct bsync_error *error)
{
	if (sql == NULL || statement == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "nothing can be prepared: an argument is NULL");
	*statement = NULL;
	if (size == (size_t)-1)
		size = strlen(sql);
	if (size > INT_MAX)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "the SQL text is too long; split it");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	const char *rest = sql + size;
	struct bsync_statement *prepared = calloc(1, sizeof *prepared);
	enum bsync_result result = BSYNC_NO_MEMORY;
	if (prepared != NULL)
		result = bsync_file_prepare(client->file, sql, size, &prepared->handle, &rest);
	if (result != BSYNC_OK)
		code = bsync_client_sql_problem(client, result, error);
	if (result != BSYNC_OK || prepared->handle == NULL) {
		free(prepared); /* a comment or nothing: there is no statement */
	} else {
		chain(client, prepared);
		*statement = prepared;
	}
	if (tail != NULL)
		*tail = rest;
	bsync_client_leave(client);
	return code;
}

/* --- Parameters --- */

static int bound(int sqlite_code)
{
	switch (sqlite_code) {
	case SQLITE_OK:
		return BSYNC_DONE;
	case SQLITE_NOMEM:
		return BSYNC_E_MEMORY;
	case SQLITE_TOOBIG:
		return BSYNC_E_SQL;
	default:
		return BSYNC_E_MISUSE; /* no such parameter, or the statement has not been reset */
	}
}

/* Binding touches the statement only, so it does not wait for the transaction of another thread. */
static int enter_to_bind(struct bsync_statement *statement)
{
	int code = enter_of(statement, NULL);
	return code != BSYNC_DONE ? code : bsync_client_enter_lightly(statement->client, NULL);
}

static int leave_bound(struct bsync_statement *statement, int sqlite_code)
{
	pthread_mutex_unlock(&statement->client->mutex);
	return bound(sqlite_code);
}

int bsync_bind_null(struct bsync_statement *statement, int parameter)
{
	int code = enter_to_bind(statement);
	return code != BSYNC_DONE ? code : leave_bound(statement, sqlite3_bind_null(statement->handle, parameter));
}

int bsync_bind_integer(struct bsync_statement *statement, int parameter, int64_t value)
{
	int code = enter_to_bind(statement);
	if (code != BSYNC_DONE)
		return code;
	return leave_bound(statement, sqlite3_bind_int64(statement->handle, parameter, value));
}

int bsync_bind_real(struct bsync_statement *statement, int parameter, double value)
{
	int code = enter_to_bind(statement);
	if (code != BSYNC_DONE)
		return code;
	return leave_bound(statement, sqlite3_bind_double(statement->handle, parameter, value));
}

int bsync_bind_text(struct bsync_statement *statement, int parameter, const char *text, size_t size)
{
	if (text != NULL && size == (size_t)-1)
		size = strlen(text);
	if ((text == NULL && size > 0) || size > INT_MAX ||
	    !bsync_utf8_valid((struct bsync_bytes){(const uint8_t *)text, size}))
		return BSYNC_E_MISUSE;
	int code = enter_to_bind(statement);
	if (code != BSYNC_DONE)
		return code;
	return leave_bound(statement, sqlite3_bind_text(statement->handle, parameter, text != NULL ? text : "",
							(int)size, SQLITE_TRANSIENT));
}

int bsync_bind_blob(struct bsync_statement *statement, int parameter, const void *blob, size_t size)
{
	if ((blob == NULL && size > 0) || size > INT_MAX)
		return BSYNC_E_MISUSE;
	int code = enter_to_bind(statement);
	if (code != BSYNC_DONE)
		return code;
	return leave_bound(statement, sqlite3_bind_blob(statement->handle, parameter, blob != NULL ? blob : "",
							(int)size, SQLITE_TRANSIENT));
}

int bsync_parameter(struct bsync_statement *statement, const char *name)
{
	if (name == NULL || enter_to_bind(statement) != BSYNC_DONE)
		return 0;
	int parameter = sqlite3_bind_parameter_index(statement->handle, name);
	pthread_mutex_unlock(&statement->client->mutex);
	return parameter;
}

/* --- Running --- */

int bsync_step(struct bsync_statement *statement, struct bsync_error *error)
{
	int code = enter_of(statement, error);
	if (code == BSYNC_DONE)
		code = bsync_client_enter(statement->client, error);
	if (code != BSYNC_DONE)
		return code;
	struct bsync_client *client = statement->client;
	bool has_row = false;
	enum bsync_result result = bsync_file_step(client->file, statement->handle, &has_row);
	if (result != BSYNC_OK)
		code = bsync_client_sql_problem(client, result, error);
	bsync_client_leave(client);
	if (code != BSYNC_DONE)
		return code;
	return has_row ? BSYNC_ROW : BSYNC_DONE;
}

int bsync_reset(struct bsync_statement *statement, struct bsync_error *error)
{
	int code = enter_of(statement, error);
	if (code == BSYNC_DONE)
		code = bsync_client_enter(statement->client, error);
	if (code != BSYNC_DONE)
		return code;
	enum bsync_result result = bsync_file_reset(statement->client->file, statement->handle);
	if (result != BSYNC_OK)
		code = bsync_client_sql_problem(statement->client, result, error);
	bsync_client_leave(statement->client);
	return code;
}

void bsync_finalize(struct bsync_statement *statement)
{
	if (statement == NULL)
		return;
	struct bsync_client *client = statement->client;
	if (client != NULL) {
		/* In a forked child the statement is the parent's. */
		if (bsync_client_enter_lightly(client, NULL) != BSYNC_DONE)
			return;
		(void)!bsync_file_finalize(client->file, statement->handle);
		unchain(client, statement);
		bsync_client_leave(client);
	}
	free(statement);
}

int bsync_exec(struct bsync_client *client, const char *sql, struct bsync_error *error)
{
	if (sql == NULL)
		return bsync_problem(error, BSYNC_E_MISUSE, 0, "nothing can be run: the SQL is NULL");
	int code = bsync_client_enter(client, error);
	if (code != BSYNC_DONE)
		return code;
	enum bsync_result result = bsync_file_exec(client->file, sql);
	if (result != BSYNC_OK)
		code = bsync_client_sql_problem(client, result, error);
	bsync_client_leave(client);
	return code;
}

/* --- Columns: SQLite guards a statement itself, and nobody else steps this one. --- */

static bool has_column(const struct bsync_statement *statement, int column)
{
	return statement != NULL && statement->handle != NULL && column >= 0 &&
	       column < sqlite3_column_count(statement->handle);
}

int bsync_column_count(struct bsync_statement *statement)
{
	return statement != NULL && statement->handle != NULL ? sqlite3_column_count(statement->handle) : 0;
}

const char *bsync_column_name(struct bsync_statement *statement, int column)
{
	const char *name = has_column(statement, column) ? sqlite3_column_name(statement->handle, column) : NULL;
	return name != NULL ? name : "";
}

int bsync_column_type(struct bsync_statement *statement, int column)
{
	if (!has_column(statement, column))
		return BSYNC_TYPE_NULL;
	switch (sqlite3_column_type(statement->handle, column)) {
	case SQLITE_INTEGER:
		return BSYNC_TYPE_INTEGER;
	case SQLITE_FLOAT:
		return BSYNC_TYPE_REAL;
	case SQLITE_TEXT:
		return BSYNC_TYPE_TEXT;
	case SQLITE_BLOB:
		return BSYNC_TYPE_BLOB;
	default:
		return BSYNC_TYPE_NULL;
	}
}

int64_t bsync_column_integer(struct bsync_statement *statement, int column)
{
	return has_column(statement, column) ? sqlite3_column_int64(statement->handle, column) : 0;
}

double bsync_column_real(struct bsync_statement *statement, int column)
{
	return has_column(statement, column) ? sqlite3_column_double(statement->handle, column) : 0.0;
}

const char *bsync_column_text(struct bsync_statement *statement, int column, size_t *size)
{
	const char *text = has_column(statement, column) ? (const char *)sqlite3_column_text(statement->handle, column)
							 : NULL;
	if (size != NULL)
		*size = text != NULL ? (size_t)sqlite3_column_bytes(statement->handle, column) : 0;
	return text;
}

const void *bsync_column_blob(struct bsync_statement *statement, int column, size_t *size)
{
	const void *blob = has_column(statement, column) ? sqlite3_column_blob(statement->handle, column) : NULL;
	if (size != NULL)
		*size = blob != NULL ? (size_t)sqlite3_column_bytes(statement->handle, column) : 0;
	return blob;
}
