/* concern.h: whom inbox items concern, of those whom the store has written down as members. */
#ifndef BSYNC_DAEMON_STORE_CONCERN_H
#define BSYNC_DAEMON_STORE_CONCERN_H

#include "core/schema/concern.h"
#include "daemon/store/row.h"

/* Appends whom an item of these authors concerns in scope number `scope_no`; 0: in none. */
BSYNC_CHECKED enum bsync_result bsync_concern_in(struct bsync_base *base, struct bsync_concerns *concerns,
						 uint64_t scope_no, const struct bsync_people *authors,
						 struct bsync_concern *concern);

#endif
