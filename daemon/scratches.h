/* scratches.h: the working memory for opening changesets, lent to whichever thread of the pool needs one.
 *
 * Making one costs more than opening a small changeset, so a few are kept between two pushes. */
#ifndef BSYNC_DAEMON_SCRATCHES_H
#define BSYNC_DAEMON_SCRATCHES_H

#include <pthread.h>

#include "core/seal.h"

enum { BSYNC_SCRATCHES_KEPT_MAX = 8 };

struct bsync_scratches {
	pthread_mutex_t lock;
	struct bsync_bytes dictionary; /* borrowed */
	uint32_t count;
	struct bsync_seal_scratch *kept[BSYNC_SCRATCHES_KEPT_MAX];
};

void bsync_scratches_init(struct bsync_scratches *scratches, struct bsync_bytes dictionary);
/* Frees what is kept; nothing may be lent. */
void bsync_scratches_clear(struct bsync_scratches *scratches);

/* Lends one; from any thread. */
BSYNC_CHECKED enum bsync_result bsync_scratches_take(struct bsync_scratches *scratches,
						     struct bsync_seal_scratch **out);
/* Takes one back; from any thread.  NULL is allowed. */
void bsync_scratches_give(struct bsync_scratches *scratches, struct bsync_seal_scratch *scratch);

#endif
