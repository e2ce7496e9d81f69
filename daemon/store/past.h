/* past.h: versions and replaced values as they travel. */
#ifndef BSYNC_DAEMON_STORE_PAST_H
#define BSYNC_DAEMON_STORE_PAST_H

#include "daemon/store/row.h"
#include "daemon/store/view_internal.h"

/* Fills a variant: author and dot from the line, the device's time from the receipt. */
BSYNC_CHECKED enum bsync_result bsync_past_variant(struct bsync_view *view, const struct bsync_standing *standing,
						   struct bsync_variant *variant);

/* Which history to read: of `columns`, replaced after a counter; `keep_only`: of the rule `keep`. */
struct bsync_past_query {
	const struct bsync_row *row;
	const struct bsync_mask *columns;
	uint64_t after;
	bool keep_only;
};

/* Reads it into `arena`, oldest first; room for `more` entries is left behind it. */
BSYNC_CHECKED enum bsync_result bsync_past_read(struct bsync_view *view, const struct bsync_past_query *query,
						uint32_t more, struct bsync_arena *arena, struct bsync_past **pasts,
						uint32_t *count);

#endif
