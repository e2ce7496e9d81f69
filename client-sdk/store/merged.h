/* merged.h: what a cell shows when an own unsent edit meets a value of the server. */
#ifndef BSYNC_CLIENT_STORE_MERGED_H
#define BSYNC_CLIENT_STORE_MERGED_H

#include "client-sdk/store/record.h"

/* What the server has after it took `write`; `before` is NULL when it had nothing.  Text lives in `arena`. */
BSYNC_CHECKED enum bsync_result bsync_merged_write(const struct bsync_column *column, struct bsync_arena *arena,
						   const struct bsync_value *before,
						   const struct bsync_cell_write *write, struct bsync_value *after);

/* What a counter or set shows: `server` with the difference between `shown` and `shadow`, which is what is unsent, on
 * top.  For the other rules: `shown`. */
BSYNC_CHECKED enum bsync_result bsync_merged_shown(const struct bsync_column *column, struct bsync_arena *arena,
						   const struct bsync_value *shadow, const struct bsync_value *shown,
						   const struct bsync_value *server, struct bsync_value *out);

/* Takes a delta, or the adds and removes of a set, back out of what the row shows, where later edits stay.  `shadow` is what
 * the server has, NULL for nothing. */
BSYNC_CHECKED enum bsync_result bsync_merged_without(struct bsync_file *file, const struct bsync_record_key *key,
						     uint32_t column, struct bsync_arena *arena,
						     const struct bsync_value *shadow,
						     const struct bsync_cell_write *write);

#endif
