/* concern.h: whom an inbox item concerns, of those who hold a scope that it is in: PROTOCOL 7.13.
 *
 * A function of the rows, the authors and who is in the scope, the same on a device and in the store.  The store has written
 * down who is in a scope; a device asks the members query. */
#ifndef BSYNC_CORE_SCHEMA_CONCERN_H
#define BSYNC_CORE_SCHEMA_CONCERN_H

#include "core/inbox_item.h"
#include "core/record_type.h"
#include "core/sqlite/db.h"

/* The queries of one listing, prepared on first use.  Results live in `arena`. */
struct bsync_concerns {
	struct bsync_db *db;
	const struct bsync_schema *schema;
	struct bsync_arena *arena;
	sqlite3_stmt **leads, **members; /* by index of the circle; owned */
};

/* After a failure bsync_concerns_end is called too. */
BSYNC_CHECKED enum bsync_result bsync_concerns_begin(struct bsync_concerns *concerns, struct bsync_db *db,
						     const struct bsync_schema *schema, struct bsync_arena *arena);
void bsync_concerns_end(struct bsync_concerns *concerns);

/* A scope, by its circle's index. */
struct bsync_concern_scope {
	uint32_t circle;
	struct bsync_value value;
};

/* Appends who is in the scope at `now_ms` by the members query. */
BSYNC_CHECKED enum bsync_result bsync_concerns_members(struct bsync_concerns *concerns,
						       const struct bsync_concern_scope *scope, int64_t now_ms,
						       struct bsync_people *members);

/* Appends whom an item of these authors concerns in one scope that it is in. */
BSYNC_CHECKED enum bsync_result bsync_concerns_scope(struct bsync_concerns *concerns,
						     const struct bsync_concern_scope *scope,
						     const struct bsync_people *members,
						     const struct bsync_people *authors, struct bsync_concern *concern);
/* After the last scope: puts what was appended in order. */
void bsync_concern_settle(struct bsync_concern *concern);

#endif
