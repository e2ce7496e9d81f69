/* engine.h: all of the sync side of one process: a libuv loop, the sync lock, the syncer, the ear for other processes.
 *
 * Whoever runs the loop (a thread of ours, the application's loop, a call of bsync_sync) drives it; see
 * client-sdk/runner.h.  While another process holds the sync lock the engine waits for it, and syncs when it is free.  Functions
 * under "Any thread" may be called while the loop runs elsewhere; the others belong to the thread that drives. */
#ifndef BSYNC_CLIENT_ENGINE_H
#define BSYNC_CLIENT_ENGINE_H

#include <uv.h>

#include "client-sdk/events.h"
#include "client-sdk/place.h"
#include "client-sdk/syncer.h"

enum { BSYNC_ENGINE_TEXT_MAX = 400 };

struct bsync_engine;
struct bsync_wish; /* that all is in step, by somebody who waits for it */

/* For how long and for what: to stay, and wait where another process syncs; for one barrier, or one that only asks. */
enum bsync_engine_use { BSYNC_ENGINE_TO_STAY, BSYNC_ENGINE_TO_SYNC, BSYNC_ENGINE_TO_ASK };

/* Makes the loop and takes the sync lock when it is free.  The arguments are borrowed until the end.  But for one
 * that stays BSYNC_BUSY when another process has the lock.  `text` gets the words of a failure. */
BSYNC_CHECKED enum bsync_result bsync_engine_new(const struct bsync_place *place,
						 const struct bsync_surroundings *surroundings,
						 struct bsync_events *events, enum bsync_engine_use use,
						 struct bsync_engine **out, char text[BSYNC_ENGINE_TEXT_MAX]);
/* Ends the contact in order, at most a few seconds, and gives the lock back; what is wished for and unanswered gets
 * BSYNC_AGAIN. */
void bsync_engine_close(struct bsync_engine *engine);
/* Frees a closed engine; nobody may hold a wish any more.  NULL is allowed. */
void bsync_engine_free(struct bsync_engine *engine);
uv_loop_t *bsync_engine_loop(struct bsync_engine *engine);
/* Runs the loop until bsync_engine_stop; bsync_engine_close may then be called by another thread. */
void bsync_engine_run(struct bsync_engine *engine);
/* Runs the loop until `wish` is answered or the deadline (bsync_steady_ms) has passed. */
void bsync_engine_run_for(struct bsync_engine *engine, struct bsync_wish *wish, int64_t deadline_ms);

/* --- Any thread --- */

void bsync_engine_stop(struct bsync_engine *engine);
/* True while this engine syncs, false while another process does. */
bool bsync_engine_is_holder(struct bsync_engine *engine);
/* Something was committed to the outbox. */
void bsync_engine_committed(struct bsync_engine *engine);
/* A snapshot; next_attempt_ms counts from now. */
void bsync_engine_contact(struct bsync_engine *engine, struct bsync_contact *contact);

/* Asks for a barrier (client-sdk/syncer.h); NULL when memory runs out.  bsync_engine_forget ends it, answered or not. */
struct bsync_wish *bsync_engine_wish(struct bsync_engine *engine, enum bsync_wait wait);
/* Waits for the answer while another thread drives the loop. */
void bsync_engine_wait(struct bsync_engine *engine, struct bsync_wish *wish, int64_t deadline_ms);
/* False while unanswered.  BSYNC_AGAIN: this engine does not sync at the moment, ask the process that does. */
bool bsync_engine_answer(struct bsync_engine *engine, struct bsync_wish *wish, enum bsync_result *result,
			 char text[BSYNC_ENGINE_TEXT_MAX]);
void bsync_engine_forget(struct bsync_engine *engine, struct bsync_wish *wish);

#endif
