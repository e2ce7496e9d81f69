/* membership.h: what a query of a circle says of who is in it. */
#ifndef BSYNC_CORE_SCHEMA_MEMBERSHIP_H
#define BSYNC_CORE_SCHEMA_MEMBERSHIP_H

#include "core/ids.h"
#include "core/sqlite/db.h"

/* A worker is a member from `from_ms` until before `until_ms`; INT64_MIN and INT64_MAX: no bound. */
struct bsync_membership {
	struct bsync_worker_id worker;
	int64_t from_ms, until_ms;
};

/* Reads the standing row.  False when it is no worker or its times cannot be read: it gives no membership. */
bool bsync_membership_read(sqlite3_stmt *query, struct bsync_membership *membership);
bool bsync_membership_holds(const struct bsync_membership *membership, int64_t now_ms);

/* Binds :scope where a query of a circle has it. */
void bsync_membership_bind(sqlite3_stmt *query, const struct bsync_value *scope);
/* True when one of the query's rows makes the worker a member of the scope at `now_ms`.  Binds :worker where the query has it. */
BSYNC_CHECKED enum bsync_result bsync_membership_ask(sqlite3_stmt *query, const struct bsync_value *scope,
						     const struct bsync_worker_id *worker, int64_t now_ms,
						     bool *is_member);

#endif
