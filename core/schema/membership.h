/* membership.h: what one row of a circle's members query says. */
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

#endif
