/* copy.h: what copy.c and revive.c have in common; what others call is in store.h. */
#ifndef BSYNC_DAEMON_STORE_COPY_H
#define BSYNC_DAEMON_STORE_COPY_H

#include "daemon/store/writer.h"

/* What the tables of an open copy say of it. */
BSYNC_CHECKED enum bsync_result bsync_copy_facts_read(struct bsync_db *db, struct bsync_copy_facts *facts);

#endif
