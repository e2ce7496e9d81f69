/* view_internal.h: the inside of struct bsync_view. */
#ifndef BSYNC_DAEMON_STORE_VIEW_INTERNAL_H
#define BSYNC_DAEMON_STORE_VIEW_INTERNAL_H

#include "daemon/store/base.h"

struct bsync_view {
	struct bsync_base base;
	bool is_taken; /* by a pull */
};

#endif
