#include "client-sdk/store/resolve.h"

#include <assert.h>

bool bsync_resolve_is(const struct bsync_resolve *resolve, uint32_t table_no, struct bsync_bytes key,
		      uint32_t column_no)
{
	return resolve->table_no == table_no && resolve->column_no == column_no && bsync_bytes_equal(resolve->key, key);
}

enum bsync_result bsync_resolve_mark(struct bsync_file *file, const struct bsync_resolve *resolve)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_VARIANT_RESOLVED, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, resolve->table_no);
	bsync_db_bind_blob(statement, 2, resolve->key);
	bsync_db_bind_int64(statement, 3, resolve->column_no);
	bsync_db_bind_int64(statement, 4, 1);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

bool bsync_variant_dot(struct sqlite3_stmt *statement, int column, struct bsync_dot *dot)
{
	if (!bsync_db_copy(statement, column, dot->device.bytes, BSYNC_ID_SIZE) ||
	    !bsync_db_copy(statement, column + 1, dot->line.bytes, BSYNC_ID_SIZE))
		return false;
	dot->seq = (uint64_t)bsync_db_int64(statement, column + 2);
	return true;
}
