#include "daemon/store/sql.h"

#include <assert.h>
#include <string.h>

/* A statement that reads begins with it. */
static const char reading[] = "SELECT ";

enum bsync_result bsync_statements_prepare(struct bsync_db *db, struct bsync_statements *statements, bool is_writer)
{
	static const char *const texts[] = {
#define X(NAME, sql) sql,
		BSYNC_SQL_LIST(X)
#undef X
	};

	assert(db != NULL);
	assert(statements != NULL);
	for (int i = 0; i < BSYNC_SQL_COUNT; i++) {
		enum bsync_result result = BSYNC_OK;

		/* Each takes kilobytes, and there are many readers. */
		if (is_writer || strncmp(texts[i], reading, sizeof(reading) - 1) == 0)
			result = bsync_db_prepare(db, texts[i], &statements->list[i]);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

void bsync_statements_clear(struct bsync_statements *statements)
{
	assert(statements != NULL);
	for (int i = 0; i < BSYNC_SQL_COUNT; i++)
		bsync_db_finalize(&statements->list[i]);
}
