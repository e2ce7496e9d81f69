#include "client-sdk/store/queries.h"

#include <assert.h>

#include "client-sdk/store/file.h"

static const char *const texts[BSYNC_QUERY_COUNT] = {
#define X(name, sql) [BSYNC_QUERY_##name] = sql,
	BSYNC_QUERIES(X)
#undef X
};

enum bsync_result bsync_query(struct bsync_file *file, enum bsync_query query, sqlite3_stmt **out)
{
	sqlite3_stmt **kept = &file->queries[query];

	assert(query < BSYNC_QUERY_COUNT);
	assert(file->authority == BSYNC_AUTHORITY_OURS);
	if (*kept == NULL) {
		enum bsync_result result = bsync_db_prepare(&file->db, texts[query], kept);
		if (result != BSYNC_OK)
			return bsync_file_fail_sqlite(file, result);
	}
	/* Two users of one statement at a time would be a bug. */
	assert(!sqlite3_stmt_busy(*kept));
	*out = *kept;
	return BSYNC_OK;
}

enum bsync_result bsync_query_flag(struct bsync_file *file, enum bsync_query query, bool *flag)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_row(statement);
	if (result != BSYNC_OK)
		return result;
	*flag = bsync_db_int64(statement, 0) != 0;
	bsync_db_reset(statement);
	return BSYNC_OK;
}

void bsync_scope_bind(sqlite3_stmt *statement, const struct bsync_scope_ref *scope)
{
	bsync_db_bind_int64(statement, 1, scope->circle_no);
	bsync_db_bind_value(statement, 2, &scope->value);
}

enum bsync_result bsync_scope_query(struct bsync_file *file, enum bsync_query query,
				    const struct bsync_scope_ref *scope)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_scope_bind(statement, scope);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

void bsync_queries_clear(struct bsync_file *file)
{
	for (int i = 0; i < BSYNC_QUERY_COUNT; i++)
		bsync_db_finalize(&file->queries[i]);
}
