#include "tests/sim/ask.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/view_internal.h"

/* What does not fit is prepared each time. */
enum { ASKED_MAX = 64, CONNECTIONS_MAX = 32, COLUMNS_MAX = BSYNC_COLUMNS_MAX + 1 };

struct asked {
	char *sql;
	sqlite3_stmt *statement;
};

/* What was asked of one connection. */
struct connection {
	const void *of;
	uint32_t count;
	struct asked list[ASKED_MAX];
};

static struct connection connections[CONNECTIONS_MAX];

/* The connection, or a free place for it. */
static struct connection *connection_of(const void *of)
{
	struct connection *free_one = NULL;
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (connections[i].of == of)
			return &connections[i];
		if (connections[i].of == NULL)
			free_one = &connections[i];
	}
	if (free_one == NULL)
		abort();
	free_one->of = of;
	return free_one;
}

static sqlite3_stmt *find(const struct connection *connection, const char *sql)
{
	for (uint32_t i = 0; i < connection->count; i++)
		if (strcmp(connection->list[i].sql, sql) == 0)
			return connection->list[i].statement;
	return NULL;
}

/* True when the statement stays with the connection. */
static bool keep(struct connection *connection, const char *sql, sqlite3_stmt *statement)
{
	char *copy = connection->count < ASKED_MAX ? strdup(sql) : NULL;
	if (copy != NULL)
		connection->list[connection->count++] = (struct asked){copy, statement};
	return copy != NULL;
}

static void forget(const void *of, bool is_finalized)
{
	struct connection *connection = of == NULL ? NULL : connection_of(of);
	for (uint32_t i = 0; connection != NULL && i < connection->count; i++) {
		if (!is_finalized)
			sqlite3_finalize(connection->list[i].statement);
		free(connection->list[i].sql);
	}
	if (connection != NULL)
		*connection = (struct connection){0};
}

static void give(sqlite3_stmt *statement, ask_row *row, void *context)
{
	struct bsync_value values[COLUMNS_MAX];
	int count = sqlite3_column_count(statement);
	if (count > COLUMNS_MAX)
		abort();
	for (int i = 0; i < count; i++)
		values[i] = bsync_db_value(statement, i);
	row(context, (uint32_t)count, values);
}

enum bsync_result ask_view(struct bsync_view *view, const char *sql, uint64_t number, ask_row *row, void *context)
{
	struct connection *connection = connection_of(view);
	sqlite3_stmt *statement = find(connection, sql);
	enum bsync_result result = BSYNC_OK;
	bool has_row = true, is_kept = statement != NULL;
	if (!is_kept)
		result = bsync_db_prepare(&view->base.db, sql, &statement);
	if (result == BSYNC_OK && !is_kept)
		is_kept = keep(connection, sql, statement);
	if (result == BSYNC_OK && sqlite3_bind_parameter_count(statement) > 0)
		bsync_db_bind_int64(statement, 1, (int64_t)number);
	while (result == BSYNC_OK && (result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row)
		give(statement, row, context);
	if (!is_kept)
		bsync_db_finalize(&statement);
	return result;
}

enum bsync_result ask_file(struct bsync_file *file, const char *sql, uint64_t number, ask_row *row, void *context)
{
	struct connection *connection = connection_of(file);
	sqlite3_stmt *statement = find(connection, sql);
	const char *tail;
	enum bsync_result result = BSYNC_OK;
	bool has_row = true, is_kept = statement != NULL;
	if (!is_kept)
		result = bsync_file_prepare(file, sql, strlen(sql), &statement, &tail);
	if (result != BSYNC_OK)
		return result;
	is_kept = is_kept || keep(connection, sql, statement);
	if (sqlite3_bind_parameter_count(statement) > 0)
		bsync_db_bind_int64(statement, 1, (int64_t)number);
	while ((result = bsync_file_step(file, statement, &has_row)) == BSYNC_OK && has_row)
		give(statement, row, context);
	if (!is_kept)
		(void)!bsync_file_finalize(file, statement);
	else
		(void)!bsync_file_reset(file, statement);
	return result;
}

void ask_forget_view(struct bsync_view *view)
{
	forget(view, false);
}

/* A file frees by itself what was prepared of it. */
void ask_forget_file(struct bsync_file *file)
{
	forget(file, true);
}
