/* device_store.h: what client-sdk/syncer.c does with its file when a session asks it to, without a loop. */
#ifndef BSYNC_TESTS_SUPPORT_DEVICE_STORE_H
#define BSYNC_TESTS_SUPPORT_DEVICE_STORE_H

#include "client-sdk/store/device.h"
#include "core/session_client.h"

/* Carries out BSYNC_EFFECT_STORE: gives a whole message to the device's file. */
BSYNC_CHECKED enum bsync_result device_store(struct bsync_file *file, uint8_t message, struct bsync_bytes payload);

/* Carries out BSYNC_EFFECT_OUTGOING: reads about `budget` bytes of the outbox and tells the session, of a failure too,
 * which it also returns.  `next` is to be carried out; it borrows from `frames`, which the caller clears. */
BSYNC_CHECKED enum bsync_result device_outgoing(struct bsync_file *file, struct bsync_session_client *session,
						const struct bsync_effect *effect, size_t budget,
						struct bsync_buffer *frames, struct bsync_effects *next);

#endif
