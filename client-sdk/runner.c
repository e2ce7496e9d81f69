#include "client-sdk/runner.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "client-sdk/net/turn.h"
#include "client-sdk/surroundings.h"

enum { ASK_AGAIN_MS = 50, CONTACT_MS = 500, DISPATCH_ROUNDS_MAX = 16 };

void bsync_runner_init(struct bsync_runner *runner, const struct bsync_place *place,
		       const struct bsync_surroundings *surroundings, struct bsync_events *events)
{
	assert(runner != NULL && place != NULL && surroundings != NULL && events != NULL);
	memset(runner, 0, sizeof *runner);
	runner->place = place;
	runner->surroundings = surroundings;
	runner->events = events;
	pthread_mutex_init(&runner->mutex, NULL);
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&runner->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	bsync_ask_init(&runner->ask, place);
}

/* Waits until nobody drives by hand and nobody is inside the application's loop; false after the deadline.  The mutex is
 * held. */
static bool wait_for_quiet(struct bsync_runner *runner, int64_t deadline_ms)
{
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000), .tv_nsec = (deadline_ms % 1000) * 1000000};
	while (runner->mode == BSYNC_RUNNER_BY_HAND || runner->is_in_loop) {
		if (bsync_steady_ms() >= deadline_ms)
			return false;
		pthread_cond_timedwait(&runner->changed, &runner->mutex, &until);
	}
	return true;
}

/* Takes the engine away from the others and ends it.  The mutex is held, and let go meanwhile. */
static void end_engine(struct bsync_runner *runner)
{
	struct bsync_engine *engine = runner->engine;
	runner->engine = NULL;
	runner->mode = BSYNC_RUNNER_BY_HAND;
	pthread_mutex_unlock(&runner->mutex);
	bsync_engine_close(engine);
	pthread_mutex_lock(&runner->mutex);
	while (runner->waiters > 0)
		pthread_cond_wait(&runner->changed, &runner->mutex);
	bsync_engine_free(engine);
	runner->mode = BSYNC_RUNNER_IDLE;
	pthread_cond_broadcast(&runner->changed);
}

/* Makes the engine, with mode BY_HAND meanwhile.  The mutex is held, and let go meanwhile. */
static enum bsync_result begin_engine(struct bsync_runner *runner, enum bsync_engine_use use,
				      char text[BSYNC_ENGINE_TEXT_MAX])
{
	struct bsync_engine *engine = NULL;
	runner->mode = BSYNC_RUNNER_BY_HAND;
	pthread_mutex_unlock(&runner->mutex);
	enum bsync_result result = bsync_engine_new(runner->place, runner->surroundings, runner->events, use, &engine,
						    text);
	pthread_mutex_lock(&runner->mutex);
	runner->engine = engine;
	if (result != BSYNC_OK)
		runner->mode = BSYNC_RUNNER_IDLE;
	pthread_cond_broadcast(&runner->changed);
	return result;
}

void bsync_runner_clear(struct bsync_runner *runner)
{
	assert(runner != NULL);
	bsync_runner_stop(runner);
	pthread_mutex_lock(&runner->mutex);
	if (runner->mode == BSYNC_RUNNER_LOOP)
		end_engine(runner);
	pthread_mutex_unlock(&runner->mutex);
	bsync_ask_clear(&runner->ask);
	pthread_cond_destroy(&runner->changed);
	pthread_mutex_destroy(&runner->mutex);
}

/* --- The thread --- */

static void *run(void *context)
{
	bsync_engine_run(context);
	return NULL;
}

enum bsync_result bsync_runner_start(struct bsync_runner *runner, char text[BSYNC_ENGINE_TEXT_MAX])
{
	assert(runner != NULL && text != NULL);
	text[0] = '\0';
	pthread_mutex_lock(&runner->mutex);
	(void)wait_for_quiet(runner, INT64_MAX);
	enum bsync_result result = BSYNC_OK;
	if (runner->mode == BSYNC_RUNNER_LOOP)
		result = BSYNC_MISUSE;
	if (runner->mode == BSYNC_RUNNER_IDLE) {
		result = begin_engine(runner, BSYNC_ENGINE_TO_STAY, text);
		if (result == BSYNC_OK) {
			/* The application's signals are for its own threads. */
			sigset_t all, before;
			sigfillset(&all);
			pthread_sigmask(SIG_SETMASK, &all, &before);
			int status = pthread_create(&runner->thread, NULL, run, runner->engine);
			pthread_sigmask(SIG_SETMASK, &before, NULL);
			if (status == 0) {
				runner->mode = BSYNC_RUNNER_THREAD;
				pthread_cond_broadcast(&runner->changed);
			} else {
				end_engine(runner);
				result = BSYNC_NO_MEMORY;
			}
		}
	}
	pthread_mutex_unlock(&runner->mutex);
	return result;
}

void bsync_runner_stop(struct bsync_runner *runner)
{
	assert(runner != NULL);
	pthread_mutex_lock(&runner->mutex);
	(void)wait_for_quiet(runner, INT64_MAX);
	if (runner->mode == BSYNC_RUNNER_THREAD) {
		runner->mode = BSYNC_RUNNER_BY_HAND;
		bsync_engine_stop(runner->engine);
		pthread_mutex_unlock(&runner->mutex);
		pthread_join(runner->thread, NULL);
		pthread_mutex_lock(&runner->mutex);
		end_engine(runner);
	}
	pthread_mutex_unlock(&runner->mutex);
}

/* --- The application's loop --- */

/* libuv tells the system what to watch at the beginning of a round: one more round after the last that had something to do
 * leaves nothing untold. */
static void do_rounds(struct bsync_engine *engine)
{
	uv_loop_t *loop = bsync_engine_loop(engine);
	struct pollfd ready = {.fd = uv_backend_fd(loop), .events = POLLIN};
	bool has_more = true;
	for (int i = 0; has_more && i < DISPATCH_ROUNDS_MAX; i++) {
		has_more = poll(&ready, 1, 0) > 0 || i == 0;
		bsync_turn(loop, UV_RUN_NOWAIT);
	}
}

int bsync_runner_fd(struct bsync_runner *runner, char text[BSYNC_ENGINE_TEXT_MAX])
{
	assert(runner != NULL && text != NULL);
	int fd = -1;
	text[0] = '\0';
	pthread_mutex_lock(&runner->mutex);
	(void)wait_for_quiet(runner, INT64_MAX);
	if (runner->mode == BSYNC_RUNNER_IDLE && begin_engine(runner, BSYNC_ENGINE_TO_STAY, text) == BSYNC_OK) {
		do_rounds(runner->engine);
		runner->mode = BSYNC_RUNNER_LOOP;
		pthread_cond_broadcast(&runner->changed);
	}
	if (runner->mode == BSYNC_RUNNER_LOOP)
		fd = uv_backend_fd(bsync_engine_loop(runner->engine));
	pthread_mutex_unlock(&runner->mutex);
	return fd;
}

int bsync_runner_timeout(struct bsync_runner *runner)
{
	assert(runner != NULL);
	int timeout_ms = -1;
	pthread_mutex_lock(&runner->mutex);
	if (runner->mode == BSYNC_RUNNER_LOOP && !runner->is_in_loop) {
		uv_update_time(bsync_engine_loop(runner->engine));
		timeout_ms = uv_backend_timeout(bsync_engine_loop(runner->engine));
	}
	pthread_mutex_unlock(&runner->mutex);
	return timeout_ms;
}

enum bsync_result bsync_runner_dispatch(struct bsync_runner *runner)
{
	assert(runner != NULL);
	pthread_mutex_lock(&runner->mutex);
	(void)wait_for_quiet(runner, INT64_MAX);
	if (runner->mode != BSYNC_RUNNER_LOOP) {
		pthread_mutex_unlock(&runner->mutex);
		return BSYNC_MISUSE;
	}
	runner->is_in_loop = true;
	pthread_mutex_unlock(&runner->mutex);
	do_rounds(runner->engine);
	pthread_mutex_lock(&runner->mutex);
	runner->is_in_loop = false;
	pthread_cond_broadcast(&runner->changed);
	pthread_mutex_unlock(&runner->mutex);
	return BSYNC_OK;
}

/* --- The barrier --- */

/* Lets this thread drive until the wish is answered.  The mutex is held, and let go meanwhile. */
static enum bsync_result drive(struct bsync_runner *runner, enum bsync_wait wait, int64_t deadline_ms,
			       char text[BSYNC_ENGINE_TEXT_MAX])
{
	struct bsync_engine *engine = runner->engine;
	pthread_mutex_unlock(&runner->mutex);
	enum bsync_result result = BSYNC_NO_MEMORY;
	struct bsync_wish *wish = bsync_engine_wish(engine, wait);
	if (wish != NULL) {
		bsync_engine_run_for(engine, wish, deadline_ms);
		if (!bsync_engine_answer(engine, wish, &result, text))
			result = BSYNC_TIMEOUT;
		bsync_engine_forget(engine, wish);
	}
	pthread_mutex_lock(&runner->mutex);
	return result;
}

/* Waits while the thread drives.  The mutex is held, and let go meanwhile. */
static enum bsync_result wait_for_thread(struct bsync_runner *runner, enum bsync_wait wait, int64_t deadline_ms,
					 char text[BSYNC_ENGINE_TEXT_MAX])
{
	struct bsync_engine *engine = runner->engine;
	struct bsync_wish *wish = bsync_engine_wish(engine, wait);
	if (wish == NULL)
		return BSYNC_NO_MEMORY;
	runner->waiters++;
	pthread_mutex_unlock(&runner->mutex);
	enum bsync_result result = BSYNC_TIMEOUT;
	bsync_engine_wait(engine, wish, deadline_ms);
	if (!bsync_engine_answer(engine, wish, &result, text))
		result = BSYNC_TIMEOUT;
	bsync_engine_forget(engine, wish);
	pthread_mutex_lock(&runner->mutex);
	runner->waiters--;
	pthread_cond_broadcast(&runner->changed);
	return result;
}

/* One attempt in this process; BSYNC_AGAIN when another one syncs.  The mutex is held, and let go meanwhile. */
static enum bsync_result sync_here(struct bsync_runner *runner, enum bsync_wait wait, int64_t deadline_ms,
				   char text[BSYNC_ENGINE_TEXT_MAX])
{
	if (!wait_for_quiet(runner, deadline_ms))
		return BSYNC_TIMEOUT;
	enum bsync_result result;
	switch (runner->mode) {
	case BSYNC_RUNNER_IDLE:
		result = begin_engine(runner, wait == BSYNC_WAIT_ANSWERS ? BSYNC_ENGINE_TO_ASK : BSYNC_ENGINE_TO_SYNC,
				      text);
		if (result == BSYNC_BUSY)
			return BSYNC_AGAIN;
		if (result != BSYNC_OK)
			return result;
		result = drive(runner, wait, deadline_ms, text);
		end_engine(runner);
		return result;
	case BSYNC_RUNNER_LOOP:
		if (!bsync_engine_is_holder(runner->engine))
			return BSYNC_AGAIN;
		runner->is_in_loop = true;
		result = drive(runner, wait, deadline_ms, text);
		runner->is_in_loop = false;
		pthread_cond_broadcast(&runner->changed);
		return result;
	case BSYNC_RUNNER_THREAD:
		return bsync_engine_is_holder(runner->engine) ? wait_for_thread(runner, wait, deadline_ms, text)
							      : BSYNC_AGAIN;
	case BSYNC_RUNNER_BY_HAND:
		break;
	}
	assert(false);
	return BSYNC_MISUSE;
}

enum bsync_result bsync_runner_sync(struct bsync_runner *runner, enum bsync_wait wait, int64_t deadline_ms,
				    char text[BSYNC_ENGINE_TEXT_MAX])
{
	assert(runner != NULL && text != NULL);
	struct bsync_ask ask;
	bsync_ask_init(&ask, runner->place);
	enum bsync_result result;
	for (;;) {
		text[0] = '\0';
		pthread_mutex_lock(&runner->mutex);
		result = sync_here(runner, wait, deadline_ms, text);
		pthread_mutex_unlock(&runner->mutex);
		if (result != BSYNC_AGAIN)
			break;
		/* BSYNC_CLOSED: that process has just begun, or ended and left the lock to us. */
		result = bsync_ask_sync(&ask, wait, deadline_ms, text);
		if (result != BSYNC_CLOSED)
			break;
		result = BSYNC_TIMEOUT;
		if (bsync_steady_ms() + ASK_AGAIN_MS >= deadline_ms)
			break;
		poll(NULL, 0, ASK_AGAIN_MS);
	}
	bsync_ask_clear(&ask);
	return result;
}

/* --- What the API tells and asks --- */

void bsync_runner_committed(struct bsync_runner *runner)
{
	assert(runner != NULL);
	pthread_mutex_lock(&runner->mutex);
	if (runner->engine != NULL && bsync_engine_is_holder(runner->engine))
		bsync_engine_committed(runner->engine);
	else
		bsync_ask_committed(&runner->ask);
	pthread_mutex_unlock(&runner->mutex);
}

bool bsync_runner_contact(struct bsync_runner *runner, struct bsync_contact *contact)
{
	assert(runner != NULL && contact != NULL);
	struct bsync_ask ask;
	pthread_mutex_lock(&runner->mutex);
	bool is_known = runner->engine != NULL && bsync_engine_is_holder(runner->engine);
	if (is_known)
		bsync_engine_contact(runner->engine, contact);
	pthread_mutex_unlock(&runner->mutex);
	if (is_known)
		return true;
	bsync_ask_init(&ask, runner->place);
	is_known = bsync_ask_contact(&ask, bsync_steady_ms() + CONTACT_MS, contact);
	bsync_ask_clear(&ask);
	return is_known;
}
