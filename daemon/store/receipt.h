/* receipt.h: what the store has answered to a changeset, and its word that it did. */
#ifndef BSYNC_DAEMON_STORE_RECEIPT_H
#define BSYNC_DAEMON_STORE_RECEIPT_H

#include "daemon/store/base.h"

/* The receipt as it is now, its reason in `arena`; BSYNC_STORAGE_CORRUPT when there is none. */
BSYNC_CHECKED enum bsync_result bsync_receipt_read(struct bsync_base *base, uint32_t line, uint64_t seq,
						   struct bsync_arena *arena, struct bsync_receipt *receipt,
						   struct bsync_digest *hash);

/* Reads the key that receipts are authenticated with; the caller wipes it. */
BSYNC_CHECKED enum bsync_result bsync_receipt_key(struct bsync_base *base, struct bsync_key *key);
/* Fills the mac (PROTOCOL 8.5). */
BSYNC_CHECKED enum bsync_result bsync_receipts_authenticate(const struct bsync_key *key,
							    const struct bsync_device_id *device,
							    struct bsync_receipts *receipts);

#endif
