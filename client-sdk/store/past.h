/* past.h: replaced values that this device knows of. */
#ifndef BSYNC_CLIENT_STORE_PAST_H
#define BSYNC_CLIENT_STORE_PAST_H

#include "client-sdk/store/file.h"

/* Keeps a replaced value that travelled here; it takes the place of the same value noted by bsync_past_keep_own. */
BSYNC_CHECKED enum bsync_result bsync_past_keep(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						const struct bsync_past *past);
/* Keeps `value`, which an own edit replaced at `counter`; the server does not send what it took from here. */
BSYNC_CHECKED enum bsync_result bsync_past_keep_own(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						    uint32_t column_no, const struct bsync_value *value,
						    uint64_t counter);
/* Reads one from the columns BSYNC_PAST_COLUMNS of the standing row, from `column` on, into `arena`. */
BSYNC_CHECKED enum bsync_result bsync_past_row_read(struct sqlite3_stmt *statement, int column,
						    struct bsync_arena *arena, struct bsync_past *past);
/* Forgets all of a row. */
BSYNC_CHECKED enum bsync_result bsync_past_drop_row(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key);

#endif
