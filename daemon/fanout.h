/* fanout.h: which connected sessions hold which scopes, so that a commit wakes those it concerns and no others. */
#ifndef BSYNC_DAEMON_FANOUT_H
#define BSYNC_DAEMON_FANOUT_H

#include "daemon/number_table.h"

#include <stdbool.h>

struct bsync_fanout {
	struct bsync_number_table scopes; /* scope number to its members here */
};

/* One session's part; all zeros holds nothing. */
struct bsync_fanout_member {
	uint64_t *scopes; /* ascending */
	uint32_t count;
};

void bsync_fanout_clear(struct bsync_fanout *fanout);

/* The session now holds exactly `scopes` (any order); `*is_changed` says whether that differs from before.  On
 * BSYNC_NO_MEMORY it holds nothing. */
BSYNC_CHECKED enum bsync_result bsync_fanout_set(struct bsync_fanout *fanout, struct bsync_fanout_member *member,
						 const uint64_t *scopes, uint32_t count, bool *is_changed);
/* The session goes. */
void bsync_fanout_remove(struct bsync_fanout *fanout, struct bsync_fanout_member *member);

/* Calls `each` for every session that holds `scope`; it must not change the fan-out. */
void bsync_fanout_each(const struct bsync_fanout *fanout, uint64_t scope,
		       void (*each)(void *context, struct bsync_fanout_member *member), void *context);

#endif
