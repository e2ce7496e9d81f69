/* ask.h: a few words with the process that syncs this device, when that is another one (client-sdk/agent.h).
 *
 * One connection is used by one thread at a time; it is kept open, for a commit must not cost a connect. */
#ifndef BSYNC_CLIENT_ASK_H
#define BSYNC_CLIENT_ASK_H

#include <stdint.h>

#include "client-sdk/place.h"
#include "client-sdk/syncer.h"

enum { BSYNC_ASK_AGAIN_MS = 100, BSYNC_ASK_TEXT_MAX = 400 };

struct bsync_ask {
	const struct bsync_place *place; /* borrowed */
	int fd;                          /* -1: not connected */
	int64_t not_before_ms;           /* bsync_steady_ms: when a connect may be tried again for a commit */
};

void bsync_ask_init(struct bsync_ask *ask, const struct bsync_place *place);
void bsync_ask_clear(struct bsync_ask *ask);

/* Says that something was committed.  Never waits; when nobody hears it, whoever syncs finds out by itself. */
void bsync_ask_committed(struct bsync_ask *ask);
/* Asks to be told when a barrier comes about, and waits until `deadline_ms` (bsync_steady_ms).  BSYNC_CLOSED when nobody listens or the
 * process that did went away, BSYNC_TIMEOUT, else how the barrier ended, with its text. */
BSYNC_CHECKED enum bsync_result bsync_ask_sync(struct bsync_ask *ask, enum bsync_wait wait, int64_t deadline_ms,
					       char text[BSYNC_ASK_TEXT_MAX]);
/* How the contact of that process stands; false when nobody answers in `deadline_ms`. */
bool bsync_ask_contact(struct bsync_ask *ask, int64_t deadline_ms, struct bsync_contact *contact);

#endif
