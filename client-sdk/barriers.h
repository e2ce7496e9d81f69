/* barriers.h: who waits for the syncer, and for what; it knows no session and no file. */
#ifndef BSYNC_CLIENT_BARRIERS_H
#define BSYNC_CLIENT_BARRIERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/result.h"

enum { BSYNC_SYNCER_BARRIERS_MAX = 256 };

/* What a barrier waits for.  All but the first are over when a contact fails. */
enum bsync_wait {
	BSYNC_WAIT_SYNC, /* everything committed is on the server, everything it had is here, what it was asked is answered */
	BSYNC_WAIT_HASTY,   /* the same */
	BSYNC_WAIT_ANSWERS, /* what the server was asked is answered */
};

/* How a barrier ended: BSYNC_OK, or why no contact can bring it about without a person. */
typedef void bsync_barrier_done(void *context, enum bsync_result result, const char *text);

struct bsync_barrier {
	uint64_t id;       /* 0: free */
	uint64_t token;    /* of the SYNC of the present conversation, 0 none */
	uint64_t last_seq; /* what must be durable */
	enum bsync_wait wait;
	bool is_answered; /* all that it waits for is what the server was asked */
	bsync_barrier_done *done;
	void *context;
};

/* All zeros is empty. */
struct bsync_barriers {
	uint64_t next_id;
	struct bsync_barrier list[BSYNC_SYNCER_BARRIERS_MAX];
};

/* NULL when too many wait. */
struct bsync_barrier *bsync_barriers_add(struct bsync_barriers *barriers, enum bsync_wait wait, uint64_t last_seq,
					 bsync_barrier_done *done, void *context);
/* Takes one back: `done` is not called. */
void bsync_barriers_forget(struct bsync_barriers *barriers, uint64_t id);
bool bsync_barriers_any(const struct bsync_barriers *barriers);
/* The next one behind `after`, NULL for the first, that waits for a SYNC; NULL: no more. */
struct bsync_barrier *bsync_barriers_next(struct bsync_barriers *barriers, struct bsync_barrier *after);

/* A conversation begins, whose first flight has a SYNC with token 1. */
void bsync_barriers_begin(struct bsync_barriers *barriers);
/* The server has answered all that it was asked.  `can_ask`: it does; a suspended device, or a server that recovers, is left
 * alone. */
void bsync_barriers_answered(struct bsync_barriers *barriers, bool can_ask);
/* The conversation has ended; `is_final`: no other can help until a person has acted. */
void bsync_barriers_cut(struct bsync_barriers *barriers, enum bsync_result why, bool is_final, const char *text);
/* Ends all. */
void bsync_barriers_end(struct bsync_barriers *barriers, enum bsync_result result, const char *text);

#endif
