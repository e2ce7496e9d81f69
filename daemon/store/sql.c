#include "daemon/store/sql.h"

#include <assert.h>

enum bsync_result bsync_statements_prepare(struct bsync_db *db, struct bsync_statements *statements)
{
	static const char *const texts[] = {
#define X(NAME, sql) sql,
		BSYNC_SQL_LIST(X)
#undef X
	};

	assert(db != NULL);
	assert(statements != NULL);
	for (int i = 0; i < BSYNC_SQL_COUNT; i++) {
		enum bsync_result result = bsync_db_prepare(db, texts[i], &statements->list[i]);

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
