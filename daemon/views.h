/* views.h: the snapshots for reading: one for the loop's own short questions, the others for pulls and history.
 *
 * Claimed and given back on the loop's thread; whoever has claimed one may use it on another thread meanwhile. */
#ifndef BSYNC_DAEMON_VIEWS_H
#define BSYNC_DAEMON_VIEWS_H

#include "daemon/store/store.h"

enum { BSYNC_VIEWS_MAX = 64 };

struct bsync_view_slot {
	struct bsync_view *view; /* NULL until it is first needed */
	bool is_taken;
};

struct bsync_views {
	const char *path; /* borrowed */
	struct bsync_key key;
	uint32_t count_max;
	struct bsync_view_slot slots[BSYNC_VIEWS_MAX];
};

/* Nothing is opened yet. */
void bsync_views_init(struct bsync_views *views, const char *path, const struct bsync_key *key, uint32_t count_max);
void bsync_views_clear(struct bsync_views *views);

/* An open one that is free; with `may_open` else one that is not open yet; NULL when there is none. */
struct bsync_view_slot *bsync_views_claim(struct bsync_views *views, bool may_open);
void bsync_views_release(struct bsync_view_slot *slot);
/* Opens the view of a claimed slot unless it is open; takes milliseconds, so off the loop's thread. */
BSYNC_CHECKED enum bsync_result bsync_views_open(const struct bsync_views *views, struct bsync_view_slot *slot);

#endif
