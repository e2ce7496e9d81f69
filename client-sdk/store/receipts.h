/* receipts.h: what the store's answer to an own changeset does to the rows that it wrote. */
#ifndef BSYNC_CLIENT_STORE_RECEIPTS_H
#define BSYNC_CLIENT_STORE_RECEIPTS_H

#include "client-sdk/store/pending.h"

/* The store has taken changeset `seq` at `counter`: its cells are no longer unsent, and what they replaced is past. */
BSYNC_CHECKED enum bsync_result bsync_receipt_take(struct bsync_file *file, uint64_t seq, uint64_t counter,
						   const struct bsync_changeset *set);
/* The store holds changeset `seq` back (`counter` 0) or has put part of it into an inbox at `counter`: its cells show what the server has, unless a
 * later edit has come over them. */
BSYNC_CHECKED enum bsync_result bsync_receipt_undo(struct bsync_file *file, uint64_t seq, uint64_t counter,
						   const struct bsync_changeset *set);

#endif
