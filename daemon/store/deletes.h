/* deletes.h: the deletes that a row has had in its present life, and where deletes win in all of its lives: which edit meets
 * which is asked of them, whatever came first. */
#ifndef BSYNC_DAEMON_STORE_DELETES_H
#define BSYNC_DAEMON_STORE_DELETES_H

#include "daemon/store/judge.h"

struct bsync_delete {
	struct bsync_version version;
	uint64_t base; /* what its author had seen */
	bool is_seen;  /* by the author of the act; bsync_deletes_judge says so */
};

/* By their counters. */
struct bsync_deletes {
	uint32_t count, seen_count;
	struct bsync_delete *list;
};

/* One more, whether it holds or not. */
BSYNC_CHECKED enum bsync_result bsync_deletes_note(struct bsync_act *act, const struct bsync_row *row,
						   const struct bsync_version *deleted, uint64_t base);
/* Those of the row, in `arena`. */
BSYNC_CHECKED enum bsync_result bsync_deletes_read(struct bsync_base *base, const struct bsync_row *row,
						   struct bsync_arena *arena, struct bsync_deletes *deletes);
/* The same of the row that is planned for, and which of them the author of the act had seen. */
BSYNC_CHECKED enum bsync_result bsync_deletes_judge(struct bsync_act *act, const struct bsync_plan *plan,
						    struct bsync_deletes *deletes);
/* The row begins anew: those that its author had seen are of the life that is over. */
BSYNC_CHECKED enum bsync_result bsync_deletes_forget_seen(struct bsync_act *act, const struct bsync_plan *plan);
/* All of them. */
BSYNC_CHECKED enum bsync_result bsync_deletes_forget(struct bsync_act *act, const struct bsync_row *row);

#endif
