/* runner.h: who drives the engine of a client: a thread, the application's loop, or one call of bsync_sync.
 *
 * Functions may be called from any thread.  When another process of this device syncs, it is asked instead. */
#ifndef BSYNC_CLIENT_RUNNER_H
#define BSYNC_CLIENT_RUNNER_H

#include <pthread.h>

#include "client-sdk/ask.h"
#include "client-sdk/engine.h"

enum bsync_runner_mode {
	BSYNC_RUNNER_IDLE,
	BSYNC_RUNNER_BY_HAND, /* one call drives, or begins or ends the others */
	BSYNC_RUNNER_THREAD,
	BSYNC_RUNNER_LOOP, /* of the application */
};

struct bsync_runner {
	const struct bsync_place *place;
	const struct bsync_surroundings *surroundings;
	struct bsync_events *events;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	enum bsync_runner_mode mode;
	bool is_in_loop;  /* BSYNC_RUNNER_LOOP: somebody is inside the loop */
	uint32_t waiters; /* threads that hold a wish of the engine's */
	struct bsync_engine *engine;
	pthread_t thread;
	struct bsync_ask ask; /* for commits; used under the mutex */
};

/* The arguments are borrowed until bsync_runner_clear, which stops what runs. */
void bsync_runner_init(struct bsync_runner *runner, const struct bsync_place *place,
		       const struct bsync_surroundings *surroundings, struct bsync_events *events);
void bsync_runner_clear(struct bsync_runner *runner);

/* Starts the thread; BSYNC_OK when it runs already, BSYNC_MISUSE when the application's loop drives. */
BSYNC_CHECKED enum bsync_result bsync_runner_start(struct bsync_runner *runner, char text[BSYNC_ENGINE_TEXT_MAX]);
void bsync_runner_stop(struct bsync_runner *runner);
/* From the first call on the application's loop drives; -1 when that cannot be, with the reason in `text`. */
int bsync_runner_fd(struct bsync_runner *runner, char text[BSYNC_ENGINE_TEXT_MAX]);
int bsync_runner_timeout(struct bsync_runner *runner);
/* Does what is to be done now, without waiting; BSYNC_MISUSE before bsync_runner_fd. */
BSYNC_CHECKED enum bsync_result bsync_runner_dispatch(struct bsync_runner *runner);

/* Something was committed: tells whoever syncs.  Does not wait. */
void bsync_runner_committed(struct bsync_runner *runner);
/* A barrier (client-sdk/syncer.h); BSYNC_TIMEOUT when it has not come about by then. */
BSYNC_CHECKED enum bsync_result bsync_runner_sync(struct bsync_runner *runner, enum bsync_wait wait,
						  int64_t deadline_ms, char text[BSYNC_ENGINE_TEXT_MAX]);
/* How the contact stands, of this process or of the one that syncs; false when nobody syncs. */
bool bsync_runner_contact(struct bsync_runner *runner, struct bsync_contact *contact);

#endif
