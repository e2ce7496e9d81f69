/* syncer.h: keeps one device in step with its server: runs one conversation after another on a libuv loop.
 *
 * Carries out the effects of core/session_client.h on its own connection to the device's file.  All calls and
 * callbacks happen on the loop's thread.  Tries for ever, with backoff; what waits is in the file, not here. */
#ifndef BSYNC_CLIENT_SYNCER_H
#define BSYNC_CLIENT_SYNCER_H

#include <uv.h>

#include "client-sdk/barriers.h"
#include "client-sdk/store/device.h"

enum bsync_syncer_news {
	BSYNC_NEWS_STATUS,     /* connected, disconnected, something became durable */
	BSYNC_NEWS_ROWS,       /* rows of others have been shown */
	BSYNC_NEWS_SCOPE_LEFT, /* `text` says why */
	BSYNC_NEWS_ERROR,      /* a contact failed */
	BSYNC_NEWS_RESTORED,   /* the file is an older copy of itself */
	BSYNC_NEWS_CLOCK,      /* this device's clock is far off */
};

struct bsync_syncer_events {
	void (*news)(void *context, enum bsync_syncer_news news, const char *text);
	void *context;
};

/* How the contact with the server stands. */
struct bsync_contact {
	bool is_connected;
	bool is_blocked;         /* the last contact failed for what a person must mend */
	int64_t next_attempt_ms; /* from now; -1 while connected or connecting */
};

struct bsync_syncer;

/* `file` and `surroundings` are borrowed until the syncer is closed; `file` is used by nobody else. */
BSYNC_CHECKED enum bsync_result bsync_syncer_new(uv_loop_t *loop, struct bsync_file *file,
						 const struct bsync_surroundings *surroundings,
						 const struct bsync_syncer_events *events, struct bsync_syncer **out);
/* Connects now, and whenever the connection is lost.  `only_asks`: to put the questions in the file to the server, and for nothing
 * else; then only barriers of BSYNC_WAIT_ANSWERS come about. */
void bsync_syncer_start(struct bsync_syncer *syncer, bool only_asks);
/* Ends the conversation and closes every handle; barriers end with BSYNC_CLOSED.  The syncer frees itself when the loop has
 * closed its handles. */
void bsync_syncer_close(struct bsync_syncer *syncer);
/* Something was committed to the outbox, by whichever connection. */
void bsync_syncer_committed(struct bsync_syncer *syncer);
/* Ends a wait between two attempts: the network may be back. */
void bsync_syncer_hurry(struct bsync_syncer *syncer);
/* Calls `done` once it is so of what there was before now, and never from within this call.  Returns an id for bsync_syncer_forget; 0 when too many wait. */
uint64_t bsync_syncer_barrier(struct bsync_syncer *syncer, enum bsync_wait wait, bsync_barrier_done *done,
			      void *context);
/* Takes a barrier back; `done` is not called. */
void bsync_syncer_forget(struct bsync_syncer *syncer, uint64_t id);
void bsync_syncer_contact(const struct bsync_syncer *syncer, struct bsync_contact *contact);
/* Why the last contact failed; "" when it did not. */
const char *bsync_syncer_last_error(const struct bsync_syncer *syncer);

#endif
