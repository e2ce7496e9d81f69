/* names.h: what people are called: the directory of workers in the schema. */
#ifndef BSYNC_CLIENT_STORE_NAMES_H
#define BSYNC_CLIENT_STORE_NAMES_H

#include "client-sdk/store/file.h"

/* One listing's way to names; bsync_names_end frees it. */
struct bsync_names {
	struct bsync_file *file;
	sqlite3_stmt *lookup; /* NULL when the schema has no directory of workers */
};

BSYNC_CHECKED enum bsync_result bsync_names_begin(struct bsync_file *file, struct bsync_names *names);
/* The name, or the id as hex digits; NULL for the id of zeros, an author this device does not know.  In `arena`. */
BSYNC_CHECKED enum bsync_result bsync_names_of(struct bsync_names *names, const struct bsync_worker_id *worker,
					       struct bsync_arena *arena, const char **name);
void bsync_names_end(struct bsync_names *names);

#endif
