/* concern.h: whom inbox items concern, as this device can tell: of the scopes of an item those that it holds. */
#ifndef BSYNC_CLIENT_STORE_CONCERN_H
#define BSYNC_CLIENT_STORE_CONCERN_H

#include "client-sdk/store/inbox.h"
#include "core/schema/concern.h"

/* One listing; what is found lives in its arena. */
struct bsync_concern_reading {
	struct bsync_file *file;
	struct bsync_concerns concerns;
};

/* After a failure bsync_concern_reading_end is called too. */
BSYNC_CHECKED enum bsync_result bsync_concern_reading_begin(struct bsync_file *file, struct bsync_arena *arena,
							    struct bsync_concern_reading *reading);
void bsync_concern_reading_end(struct bsync_concern_reading *reading);

/* Whom it concerns, and whether the user of this device is one of them. */
BSYNC_CHECKED enum bsync_result bsync_concern_of_conflict(struct bsync_concern_reading *reading,
							  const struct bsync_conflict *conflict,
							  struct bsync_concern *concern, bool *is_yours);
BSYNC_CHECKED enum bsync_result bsync_concern_of_item(struct bsync_concern_reading *reading,
						      const struct bsync_store_item *item,
						      struct bsync_concern *concern, bool *is_yours);

#endif
