#include "core/schema/membership.h"

#include <assert.h>
#include <string.h>

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

void bsync_membership_bind(sqlite3_stmt *query, const struct bsync_value *scope)
{
	assert(query != NULL);
	assert(scope != NULL);
	const int at = sqlite3_bind_parameter_index(query, ":scope");

	if (at != 0)
		bsync_db_bind_value(query, at, scope);
}

enum bsync_result bsync_membership_ask(sqlite3_stmt *query, const struct bsync_value *scope,
				       const struct bsync_worker_id *worker, int64_t now_ms, bool *is_member)
{
	assert(worker != NULL);
	assert(is_member != NULL);
	const int at = sqlite3_bind_parameter_index(query, ":worker");
	bool has_row = false;
	enum bsync_result result;

	*is_member = false;
	bsync_membership_bind(query, scope);
	if (at != 0)
		bsync_db_bind_data(query, at, worker->bytes, BSYNC_ID_SIZE);
	result = bsync_db_step(query, &has_row);
	while (result == BSYNC_OK && has_row && !*is_member) {
		struct bsync_membership row;

		*is_member = bsync_membership_read(query, &row) && bsync_membership_holds(&row, now_ms) &&
			     memcmp(row.worker.bytes, worker->bytes, BSYNC_ID_SIZE) == 0;
		if (!*is_member)
			result = bsync_db_step(query, &has_row);
	}
	bsync_db_reset(query);
	return result;
}
