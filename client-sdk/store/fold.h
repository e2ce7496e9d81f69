/* fold.h: what one transaction has captured, folded to the net effect on each row.
 *
 * Reads the log of the connection (core/schema/capture.h).  An insert and a delete of one row are nothing; a delete and an
 * insert of one key are an update; several updates are one. */
#ifndef BSYNC_CLIENT_STORE_FOLD_H
#define BSYNC_CLIENT_STORE_FOLD_H

#include "client-sdk/store/file.h"

struct bsync_fold_row {
	struct bsync_fold_row *next; /* in the order of first touch */
	uint32_t table;              /* index into the schema's tables */
	struct bsync_bytes key;      /* packed */
	uint32_t key_count;
	struct bsync_value *key_values;
	bool existed; /* before the transaction */
	bool exists;  /* after it */
	/* By column index, NULL when the row did not exist: which columns may have changed, and their values before.
	 * After a delete, all. */
	bool *has_old;
	struct bsync_value *old;
	/* All columns as an insert left them, where nothing has touched the row since; else NULL: the table has them. */
	struct bsync_value *values;
};

struct bsync_fold {
	uint32_t count;
	struct bsync_fold_row *first;
};

/* Folds all that waits in the log into `arena`; borrows from the log too.  BSYNC_TOO_LARGE over BSYNC_CHANGESET_ROWS_MAX rows. */
BSYNC_CHECKED enum bsync_result bsync_fold_read(struct bsync_file *file, struct bsync_arena *arena,
						struct bsync_fold *fold);

#endif
