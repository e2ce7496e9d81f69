/* merged.h: what a cell shows when an own write meets a value of the server. */
#ifndef BSYNC_CLIENT_STORE_MERGED_H
#define BSYNC_CLIENT_STORE_MERGED_H

#include "client-sdk/store/record.h"

/* `before` with `write` on top; NULL for nothing.  Text lives in `arena`. */
BSYNC_CHECKED enum bsync_result bsync_merged_write(const struct bsync_column *column, struct bsync_arena *arena,
						   const struct bsync_value *before,
						   const struct bsync_cell_write *write, struct bsync_value *after);

#endif
