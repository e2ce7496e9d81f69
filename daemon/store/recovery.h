/* recovery.h: after a restore: what devices hand in is kept, and applied together in the order it once had.
 *
 * Rules: PROTOCOL 7.9.  Between the files of the store; what the daemon calls is in store.h. */
#ifndef BSYNC_DAEMON_STORE_RECOVERY_H
#define BSYNC_DAEMON_STORE_RECOVERY_H

#include "daemon/store/set_aside.h"

/* Keeps a changeset that came while a recovery is open; its verdict is unplaced. */
BSYNC_CHECKED enum bsync_result bsync_recovery_keep(struct bsync_store *store, struct bsync_attempt *attempt);
/* Gives it the stamp that it had in a lost life, where its device has shown a receipt. */
BSYNC_CHECKED enum bsync_result bsync_recovery_stamp(struct bsync_store *store, struct bsync_attempt *attempt);

/* Why the operator can not change data while a recovery is open. */
extern const char bsync_recovery_refusal[];

#endif
