/* report.c: what an operator reads of a store: quarantine, figures, and queries of his own. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/store/view_internal.h"

enum { SQL_COLUMNS_MAX = 2000 };

enum bsync_result bsync_view_quarantine(struct bsync_view *view,
					bool (*row)(void *context, const struct bsync_quarantine_row *row),
					void *context)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result;

	assert(view != NULL && row != NULL);
	statement = BSYNC_STATEMENT(&view->base, ASIDE_ALL);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_quarantine_row one = {
			.seq = (uint64_t)bsync_db_int64(statement, 1),
			.reason = bsync_db_string(statement, 2),
			.since_ms = bsync_db_int64(statement, 3),
			.is_unplaced = bsync_db_int64(statement, 4) == BSYNC_VERDICT_UNPLACED,
			.size = (size_t)bsync_db_int64(statement, 5),
			.behind = (uint64_t)bsync_db_int64(statement, 6),
			.is_fork = bsync_db_int64(statement, 8) != 0,
			.is_first_line = bsync_db_int64(statement, 9) != 0,
		};

		if (!bsync_db_copy(statement, 0, one.device.bytes, BSYNC_ID_SIZE) ||
		    !bsync_db_copy(statement, 7, one.line.bytes, BSYNC_ID_SIZE)) {
			result = BSYNC_STORAGE_CORRUPT;
			break;
		}
		if (!row(context, &one))
			break;
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_view_quarantine_plain(struct bsync_view *view, const struct bsync_device_id *device,
					      const struct bsync_line_id *line, uint64_t seq,
					      struct bsync_buffer *plain)
{
	sqlite3_stmt *statement = NULL;
	struct bsync_bytes bytes;
	enum bsync_result result;

	assert(view != NULL && device != NULL && plain != NULL);
	statement = BSYNC_STATEMENT(&view->base, ASIDE_PLAIN);
	bsync_db_bind_data(statement, 1, device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	if (line != NULL)
		bsync_db_bind_data(statement, 3, line->bytes, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	bytes = result == BSYNC_OK ? bsync_db_bytes(statement, 0) : (struct bsync_bytes){NULL, 0};
	if (bytes.size != 0)
		result = bsync_buffer_append(plain, bytes.data, bytes.size);
	bsync_db_reset(statement);
	return result;
}

const struct bsync_schema *bsync_view_schema(const struct bsync_view *view)
{
	assert(view != NULL);
	return view->base.schema;
}

static enum bsync_result count(struct bsync_view *view, const char *sql, uint64_t *out)
{
	int64_t number = 0;
	enum bsync_result result = bsync_db_query_int64(&view->base.db, sql, &number);

	*out = (uint64_t)number;
	return result;
}

static enum bsync_result rows_count(struct bsync_view *view, uint64_t *rows)
{
	const struct bsync_schema *schema = view->base.schema;

	for (uint32_t i = 0; i < schema->table_count; i++) {
		char *sql = NULL;
		uint64_t number = 0;
		enum bsync_result result = BSYNC_NO_MEMORY;

		if (schema->tables[i].face_count == 0)
			continue;
		sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", schema->tables[i].name);
		if (sql != NULL)
			result = count(view, sql, &number);
		sqlite3_free(sql);
		if (result != BSYNC_OK)
			return result;
		*rows += number;
	}
	return BSYNC_OK;
}

static uint64_t wal_size(struct bsync_view *view)
{
	const char *path = sqlite3_db_filename(view->base.db.handle, "main");
	char name[4096 + 8];
	struct stat status;

	if (path == NULL || snprintf(name, sizeof(name), "%s-wal", path) >= (int)sizeof(name) ||
	    stat(name, &status) != 0)
		return 0;
	return (uint64_t)status.st_size;
}

static enum bsync_result figures(struct bsync_view *view, struct bsync_store_stats *stats)
{
	const struct {
		const char *sql;
		uint64_t *out;
	} queries[] = {
		{"SELECT value FROM bsync_meta WHERE name = 'counter'", &stats->position.counter},
		{"SELECT count(*) FROM bsync_grave", &stats->deleted_rows},
		{"SELECT count(*) FROM bsync_scope", &stats->scopes},
		{"SELECT count(*) FROM bsync_member WHERE removed_counter IS NULL", &stats->members},
		{"SELECT count(*) FROM bsync_device", &stats->devices},
		{"SELECT coalesce(sum(last_seq - first_seq + 1), 0) FROM bsync_line WHERE no <> 0", &stats->changesets},
		{"SELECT count(*) FROM bsync_history", &stats->history},
		{"SELECT (SELECT count(*) FROM bsync_item WHERE resolved_counter IS NULL) + "
		 "(SELECT count(*) FROM bsync_conflict)",
		 &stats->open_items},
		{"SELECT count(*) FROM bsync_set_aside WHERE kind = 3", &stats->quarantined},
		{"SELECT count(*) FROM bsync_set_aside WHERE kind = 4", &stats->unplaced},
		{"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", &stats->database_bytes},
	};

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		enum bsync_result result = count(view, queries[i].sql, queries[i].out);

		if (result != BSYNC_OK)
			return result;
	}
	return rows_count(view, &stats->rows);
}

enum bsync_result bsync_view_stats(struct bsync_view *view, struct bsync_store_stats *stats)
{
	uint64_t incarnation = 0;
	uint64_t alerts = 0;
	uint64_t recovery = 0;
	enum bsync_result result;

	assert(view != NULL && stats != NULL);
	assert(!view->is_taken);
	*stats = (struct bsync_store_stats){0};
	result = bsync_base_begin_read(&view->base);
	if (result == BSYNC_OK)
		result = figures(view, stats);
	if (result == BSYNC_OK)
		result = count(view, "SELECT value FROM bsync_meta WHERE name = 'incarnation'", &incarnation);
	if (result == BSYNC_OK)
		result = count(view, "SELECT count(*) FROM bsync_meta WHERE name = 'put_back_ms' AND value > 0",
			       &alerts);
	if (result == BSYNC_OK)
		result = count(view, "SELECT value FROM bsync_meta WHERE name = 'recovery'", &recovery);
	stats->is_put_back = alerts > 0;
	stats->is_recovering = recovery > 0;
	if (stats->position.counter != 0)
		stats->position.incarnation = (uint32_t)incarnation;
	stats->wal_bytes = wal_size(view);
	bsync_db_rollback(&view->base.db);
	return result;
}

/* Reading only: no pragma, no attached file, and none of the boxed secrets. */
static int select_only(void *context, int action, const char *first, const char *second, const char *database,
		       const char *trigger)
{
	(void)context;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		if (first != NULL && second != NULL && sqlite3_stricmp(first, "bsync_epoch") == 0 &&
		    sqlite3_stricmp(second, "secret") == 0)
			return SQLITE_IGNORE;
		return SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static enum bsync_result rows_give(sqlite3_stmt *statement,
				   bool (*row)(void *context, int count, const char *const *names,
					       const struct bsync_value *values),
				   void *context)
{
	int columns = sqlite3_column_count(statement);
	const char **names = NULL;
	struct bsync_value *values = NULL;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	if (columns > SQL_COLUMNS_MAX)
		return BSYNC_TOO_LARGE;
	names = calloc((size_t)columns + 1, sizeof(*names));
	values = calloc((size_t)columns + 1, sizeof(*values));
	if (names == NULL || values == NULL)
		result = BSYNC_NO_MEMORY;
	for (int i = 0; i < columns && result == BSYNC_OK; i++)
		names[i] = sqlite3_column_name(statement, i);
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		for (int i = 0; i < columns; i++)
			values[i] = bsync_db_value(statement, i);
		if (!row(context, columns, names, values))
			break;
		result = bsync_db_step(statement, &has_row);
	}
	free(names);
	free(values);
	return result;
}

enum bsync_result bsync_base_statement(struct bsync_base *base, const char *sql,
				       int (*authorizer)(void *, int, const char *, const char *, const char *,
							 const char *),
				       void *context, sqlite3_stmt **out, char error[BSYNC_SQL_ERROR_SIZE])
{
	sqlite3 *handle = base->db.handle;
	const char *tail = NULL;
	int code = SQLITE_OK;

	*out = NULL;
	error[0] = '\0';
	sqlite3_set_authorizer(handle, authorizer, context);
	code = sqlite3_prepare_v2(handle, sql, -1, out, &tail);
	if (code != SQLITE_OK)
		snprintf(error, BSYNC_SQL_ERROR_SIZE, "%s", sqlite3_errmsg(handle));
	else if (*out == NULL)
		snprintf(error, BSYNC_SQL_ERROR_SIZE, "there is no statement in it");
	else if (tail[strspn(tail, " \t\r\n;")] != '\0')
		snprintf(error, BSYNC_SQL_ERROR_SIZE, "one statement at a time");
	else
		return BSYNC_OK;
	bsync_base_statement_end(base, out);
	return BSYNC_INVALID;
}

void bsync_base_statement_end(struct bsync_base *base, sqlite3_stmt **statement)
{
	bsync_db_finalize(statement);
	sqlite3_set_authorizer(base->db.handle, NULL, NULL);
}

enum bsync_result bsync_view_sql(struct bsync_view *view, const char *sql,
				 bool (*row)(void *context, int count, const char *const *names,
					     const struct bsync_value *values),
				 void *context, char error[BSYNC_SQL_ERROR_SIZE])
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(view != NULL && sql != NULL && row != NULL && error != NULL);
	result = bsync_base_statement(&view->base, sql, select_only, NULL, &statement, error);
	if (result != BSYNC_OK)
		return result;
	if (!sqlite3_stmt_readonly(statement) || sqlite3_column_count(statement) == 0) {
		snprintf(error, BSYNC_SQL_ERROR_SIZE, "this is no SELECT");
		result = BSYNC_INVALID;
	} else {
		result = rows_give(statement, row, context);
		if (result != BSYNC_OK)
			snprintf(error, BSYNC_SQL_ERROR_SIZE, "%s", sqlite3_errmsg(view->base.db.handle));
	}
	bsync_base_statement_end(&view->base, &statement);
	return result;
}
