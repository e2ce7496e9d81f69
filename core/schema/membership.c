#include "core/schema/membership.h"

#include <assert.h>

#include "core/schema/period.h"

bool bsync_membership_read(sqlite3_stmt *query, struct bsync_membership *membership)
{
	assert(query != NULL);
	assert(membership != NULL);
	const int columns = sqlite3_column_count(query);
	const struct bsync_value from = columns > 1 ? bsync_db_value(query, 1) : bsync_value_null();
	const struct bsync_value until = columns > 2 ? bsync_db_value(query, 2) : bsync_value_null();

	return bsync_db_copy(query, 0, membership->worker.bytes, BSYNC_ID_SIZE) &&
	       bsync_period_from(&from, &membership->from_ms) && bsync_period_until(&until, &membership->until_ms);
}

bool bsync_membership_holds(const struct bsync_membership *membership, int64_t now_ms)
{
	assert(membership != NULL);
	return membership->from_ms <= now_ms && now_ms < membership->until_ms;
}
