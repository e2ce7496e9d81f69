/* schema_guard.h: a CREATE by the application must not make a pulled row impossible to apply, or change it.
 *
 * Around each schema statement of the application.  After it: no synced table has a UNIQUE index beyond its key, and no
 * lasting trigger writes a synced table (it would also run where pulled rows are shown, and what it writes then is
 * nobody's edit; a TEMP trigger runs on the application's own connection only, and its writes are captured). */
#ifndef BSYNC_CLIENT_STORE_SCHEMA_GUARD_H
#define BSYNC_CLIENT_STORE_SCHEMA_GUARD_H

#include "client-sdk/store/file.h"

/* Before the statement, in its transaction. */
BSYNC_CHECKED enum bsync_result bsync_schema_guard_begin(struct bsync_file *file);
/* After it; BSYNC_MISUSE undoes the statement alone. */
BSYNC_CHECKED enum bsync_result bsync_schema_guard_end(struct bsync_file *file);
/* After the statement failed by itself. */
void bsync_schema_guard_abort(struct bsync_file *file);

#endif
