#include "client-sdk/engine.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client-sdk/agent.h"
#include "client-sdk/clock_text.h"
#include "client-sdk/net/turn.h"
#include "client-sdk/surroundings.h"

enum { LOCK_POLL_MS = 1000 };

/* The loop's thread starts and frees wishes; both are done under the engine's mutex. */
struct bsync_wish {
	struct bsync_wish *next;
	struct bsync_engine *engine;
	uint64_t barrier; /* 0: not started, or answered */
	enum bsync_wait wait;
	bool is_started, is_answered, is_forgotten;
	enum bsync_result result;
	char text[BSYNC_ENGINE_TEXT_MAX];
};

struct bsync_engine {
	const struct bsync_place *place;
	const struct bsync_surroundings *surroundings;
	struct bsync_events *events;
	enum bsync_engine_use use;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t poll, deadline;
	bool is_closing;
	int lock; /* its file; we have the lock while there is a syncer */
	struct bsync_file *file;
	struct bsync_syncer *syncer;
	struct bsync_agent *agent;
	struct bsync_file_status seen; /* of the file, for events */
	uint64_t seen_items;           /* open ones */
	bool has_seen;
	char text[BSYNC_ENGINE_TEXT_MAX];

	atomic_bool is_holder, has_commits, must_stop;
	pthread_mutex_t mutex;
	bool is_deaf; /* `wake` is closed */
	pthread_cond_t answered;
	struct bsync_wish *wishes;
	struct bsync_contact contact;
	int64_t contact_ms; /* bsync_steady_ms when `contact` was so */
};

/* --- News --- */

/* With new rows an item may have taken the place of another. */
static void look_into_inbox(struct bsync_engine *engine, bool has_rows)
{
	uint64_t now = 0;
	if (bsync_file_items_open(engine->file, &now) != BSYNC_OK)
		return;
	if (now != engine->seen_items || (has_rows && now > 0))
		bsync_events_add(engine->events, BSYNC_EVENT_INBOX, "");
	engine->seen_items = now;
}

/* What became of the user's own work elsewhere. */
static void look_for_fates(struct bsync_engine *engine, const struct bsync_file_status *now)
{
	if (now->untold > engine->seen.untold)
		bsync_events_add(engine->events, BSYNC_EVENT_CHOSEN, "");
	if (now->unseen > engine->seen.unseen)
		bsync_events_add(engine->events, BSYNC_EVENT_UNSEEN, "");
	engine->seen.untold = now->untold;
	engine->seen.unseen = now->unseen;
}

static void tell_clock(struct bsync_engine *engine, const struct bsync_file_status *now)
{
	char text[BSYNC_CLOCK_TEXT_SIZE];
	bsync_events_add(engine->events, BSYNC_EVENT_CLOCK, bsync_clock_text(now->clock_drift_ms, BSYNC_ENGLISH, text));
}

/* Tells what has changed in the file while another process syncs. */
static void watch(struct bsync_engine *engine)
{
	struct bsync_file_status now;
	const struct bsync_file_status *seen = &engine->seen;
	if (engine->file == NULL &&
	    bsync_file_open(engine->place->file, engine->surroundings, &engine->file) != BSYNC_OK)
		return;
	if (bsync_file_status(engine->file, &now) != BSYNC_OK ||
	    (!engine->has_seen && bsync_file_items_open(engine->file, &engine->seen_items) != BSYNC_OK))
		return;
	if (engine->has_seen) {
		bool has_rows = now.cursor.counter != seen->cursor.counter;
		bool has_moved = has_rows || now.durable_seq != seen->durable_seq || now.last_seq != seen->last_seq;
		if (has_rows)
			bsync_events_add(engine->events, BSYNC_EVENT_ROWS, "");
		if (has_moved)
			look_into_inbox(engine, has_rows);
		look_for_fates(engine, &now);
		if (has_moved || now.last_attempt_ms != seen->last_attempt_ms)
			bsync_events_add(engine->events, BSYNC_EVENT_STATUS, "");
		if (now.restored_ms != seen->restored_ms)
			bsync_events_add(engine->events, BSYNC_EVENT_RESTORED, "");
		if (now.is_clock_off && !seen->is_clock_off)
			tell_clock(engine, &now);
		if (strcmp(now.last_error, seen->last_error) != 0 && now.last_error[0] != '\0')
			bsync_events_add(engine->events, BSYNC_EVENT_ERROR, now.last_error);
	}
	engine->seen = now;
	engine->has_seen = true;
}

static void remember_contact(struct bsync_engine *engine)
{
	pthread_mutex_lock(&engine->mutex);
	bsync_syncer_contact(engine->syncer, &engine->contact);
	engine->contact_ms = bsync_steady_ms();
	pthread_mutex_unlock(&engine->mutex);
}

static void on_news(void *context, enum bsync_syncer_news news, const char *text)
{
	struct bsync_engine *engine = context;
	struct bsync_file_status now;
	if (engine->syncer != NULL)
		remember_contact(engine);
	switch (news) {
	case BSYNC_NEWS_STATUS:
		bsync_events_add(engine->events, BSYNC_EVENT_STATUS, "");
		if (engine->file != NULL && bsync_file_status(engine->file, &now) == BSYNC_OK)
			look_for_fates(engine, &now);
		break;
	case BSYNC_NEWS_ROWS:
		bsync_events_add(engine->events, BSYNC_EVENT_ROWS, "");
		if (bsync_file_status(engine->file, &now) != BSYNC_OK)
			break;
		look_into_inbox(engine, true);
		look_for_fates(engine, &now);
		engine->seen = now;
		break;
	case BSYNC_NEWS_SCOPE_LEFT:
		bsync_events_add(engine->events, BSYNC_EVENT_SCOPE_LEFT, text);
		break;
	case BSYNC_NEWS_ERROR:
		bsync_events_add(engine->events, BSYNC_EVENT_ERROR, text);
		break;
	case BSYNC_NEWS_RESTORED:
		bsync_events_add(engine->events, BSYNC_EVENT_RESTORED, "");
		break;
	case BSYNC_NEWS_CLOCK:
		if (bsync_file_status(engine->file, &now) == BSYNC_OK)
			tell_clock(engine, &now);
		break;
	}
}

/* --- The sync lock --- */

/* Takes the lock and all that comes with it. */
static enum bsync_result hold(struct bsync_engine *engine)
{
	enum bsync_result result = BSYNC_OK;
	if (engine->lock < 0)
		result = bsync_place_lock_open(engine->place, &engine->lock);
	if (result == BSYNC_OK)
		result = bsync_place_lock_take(engine->lock);
	if (result != BSYNC_OK) {
		snprintf(engine->text, sizeof engine->text, "sync.lock cannot be locked");
		return result;
	}
	struct bsync_syncer_events events = {.news = on_news, .context = engine};
	if (engine->file == NULL)
		result = bsync_file_open(engine->place->file, engine->surroundings, &engine->file);
	if (result == BSYNC_OK)
		result = bsync_syncer_new(&engine->loop, engine->file, engine->surroundings, &events, &engine->syncer);
	if (result != BSYNC_OK) {
		snprintf(engine->text, sizeof engine->text, "the device's file cannot be opened for syncing: %s",
			 engine->file != NULL && bsync_file_error_text(engine->file)[0] != '\0'
				 ? bsync_file_error_text(engine->file)
				 : bsync_result_text(result));
		if (engine->file != NULL)
			bsync_file_close(engine->file);
		engine->file = NULL;
		bsync_place_lock_drop(engine->lock);
		return result;
	}
	/* Without an ear the others are not heard at once, but their commits are seen. */
	if (bsync_agent_open(&engine->loop, engine->place, engine->syncer, &engine->agent) != BSYNC_OK)
		bsync_events_add(engine->events, BSYNC_EVENT_ERROR,
				 "other programs cannot ask this one to sync: agent.sock cannot be made");
	bsync_syncer_start(engine->syncer, engine->use == BSYNC_ENGINE_TO_ASK);
	remember_contact(engine);
	atomic_store(&engine->is_holder, true);
	return BSYNC_OK;
}

static void on_poll(uv_timer_t *timer)
{
	struct bsync_engine *engine = timer->data;
	if (engine->is_closing || engine->syncer != NULL)
		return;
	enum bsync_result result = hold(engine);
	if (result == BSYNC_BUSY)
		watch(engine);
	else if (result != BSYNC_OK)
		bsync_events_add(engine->events, BSYNC_EVENT_ERROR, engine->text);
}

/* --- Wishes --- */

static void on_barrier(void *context, enum bsync_result result, const char *text)
{
	struct bsync_wish *wish = context;
	struct bsync_engine *engine = wish->engine;
	pthread_mutex_lock(&engine->mutex);
	wish->barrier = 0;
	wish->is_answered = true;
	wish->result = result;
	snprintf(wish->text, sizeof wish->text, "%s", text);
	pthread_cond_broadcast(&engine->answered);
	pthread_mutex_unlock(&engine->mutex);
}

static struct bsync_wish *find_wish(struct bsync_engine *engine, bool is_forgotten)
{
	pthread_mutex_lock(&engine->mutex);
	struct bsync_wish *wish = engine->wishes;
	while (wish != NULL && (is_forgotten ? !wish->is_forgotten : wish->is_started))
		wish = wish->next;
	if (wish != NULL)
		wish->is_started = true;
	pthread_mutex_unlock(&engine->mutex);
	return wish;
}

static void remove_wish(struct bsync_engine *engine, struct bsync_wish *wish)
{
	pthread_mutex_lock(&engine->mutex);
	struct bsync_wish **at = &engine->wishes;
	while (*at != wish)
		at = &(*at)->next;
	*at = wish->next;
	pthread_mutex_unlock(&engine->mutex);
	free(wish);
}

static void serve_wishes(struct bsync_engine *engine)
{
	struct bsync_wish *wish;
	while ((wish = find_wish(engine, true)) != NULL) {
		if (wish->barrier != 0)
			bsync_syncer_forget(engine->syncer, wish->barrier);
		remove_wish(engine, wish);
	}
	while ((wish = find_wish(engine, false)) != NULL) {
		if (engine->syncer == NULL || engine->is_closing)
			on_barrier(wish, BSYNC_AGAIN, "");
		else if ((wish->barrier = bsync_syncer_barrier(engine->syncer, wish->wait, on_barrier, wish)) == 0)
			on_barrier(wish, BSYNC_STORAGE, "the status of the file cannot be read, or too many wait");
	}
}

struct bsync_wish *bsync_engine_wish(struct bsync_engine *engine, enum bsync_wait wait)
{
	assert(engine != NULL);
	struct bsync_wish *wish = calloc(1, sizeof *wish);
	if (wish == NULL)
		return NULL;
	wish->engine = engine;
	wish->wait = wait;
	pthread_mutex_lock(&engine->mutex);
	wish->next = engine->wishes;
	engine->wishes = wish;
	if (!engine->is_deaf)
		uv_async_send(&engine->wake);
	pthread_mutex_unlock(&engine->mutex);
	return wish;
}

void bsync_engine_wait(struct bsync_engine *engine, struct bsync_wish *wish, int64_t deadline_ms)
{
	assert(engine != NULL && wish != NULL);
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000), .tv_nsec = (deadline_ms % 1000) * 1000000};
	pthread_mutex_lock(&engine->mutex);
	while (!wish->is_answered && bsync_steady_ms() < deadline_ms)
		pthread_cond_timedwait(&engine->answered, &engine->mutex, &until);
	pthread_mutex_unlock(&engine->mutex);
}

bool bsync_engine_answer(struct bsync_engine *engine, struct bsync_wish *wish, enum bsync_result *result,
			 char text[BSYNC_ENGINE_TEXT_MAX])
{
	assert(engine != NULL && wish != NULL && result != NULL && text != NULL);
	pthread_mutex_lock(&engine->mutex);
	bool is_answered = wish->is_answered;
	if (is_answered) {
		*result = wish->result;
		memcpy(text, wish->text, sizeof wish->text);
	}
	pthread_mutex_unlock(&engine->mutex);
	return is_answered;
}

void bsync_engine_forget(struct bsync_engine *engine, struct bsync_wish *wish)
{
	assert(engine != NULL && wish != NULL);
	pthread_mutex_lock(&engine->mutex);
	wish->is_forgotten = true;
	if (!engine->is_deaf)
		uv_async_send(&engine->wake);
	pthread_mutex_unlock(&engine->mutex);
}

/* --- The loop --- */

/* Begins the end: the loop runs out when every handle is closed. */
static void begin_end(struct bsync_engine *engine)
{
	if (engine->is_closing)
		return;
	engine->is_closing = true;
	atomic_store(&engine->is_holder, false);
	if (engine->agent != NULL)
		bsync_agent_close(engine->agent);
	if (engine->syncer != NULL)
		bsync_syncer_close(engine->syncer);
	engine->agent = NULL;
	engine->syncer = NULL;
	pthread_mutex_lock(&engine->mutex);
	engine->is_deaf = true;
	pthread_mutex_unlock(&engine->mutex);
	uv_close((uv_handle_t *)&engine->wake, NULL);
	uv_close((uv_handle_t *)&engine->poll, NULL);
	uv_close((uv_handle_t *)&engine->deadline, NULL);
}

static void on_wake(uv_async_t *wake)
{
	struct bsync_engine *engine = wake->data;
	if (engine->is_closing)
		return;
	if (atomic_load(&engine->must_stop)) {
		begin_end(engine);
		return;
	}
	if (atomic_exchange(&engine->has_commits, false) && engine->syncer != NULL)
		bsync_syncer_committed(engine->syncer);
	serve_wishes(engine);
}

static void on_deadline(uv_timer_t *timer)
{
	(void)timer; /* it has ended the wait of uv_run: that is all */
}

static void locks_init(struct bsync_engine *engine)
{
	pthread_condattr_t attributes;
	pthread_mutex_init(&engine->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&engine->answered, &attributes);
	pthread_condattr_destroy(&attributes);
}

enum bsync_result bsync_engine_new(const struct bsync_place *place, const struct bsync_surroundings *surroundings,
				   struct bsync_events *events, enum bsync_engine_use use, struct bsync_engine **out,
				   char text[BSYNC_ENGINE_TEXT_MAX])
{
	assert(place != NULL && surroundings != NULL && events != NULL && out != NULL && text != NULL);
	struct bsync_engine *engine = calloc(1, sizeof *engine);
	text[0] = '\0';
	if (engine == NULL || uv_loop_init(&engine->loop) < 0) {
		free(engine);
		return BSYNC_NO_MEMORY;
	}
	engine->place = place;
	engine->surroundings = surroundings;
	engine->events = events;
	engine->use = use;
	engine->lock = -1;
	engine->contact.next_attempt_ms = -1;
	locks_init(engine);
	(void)uv_timer_init(&engine->loop, &engine->poll); /* these two cannot fail */
	(void)uv_timer_init(&engine->loop, &engine->deadline);
	engine->poll.data = engine;
	engine->wake.data = engine;
	int status = uv_async_init(&engine->loop, &engine->wake, on_wake);
	enum bsync_result result = status < 0 ? BSYNC_NO_MEMORY : hold(engine);
	if (result == BSYNC_BUSY && use == BSYNC_ENGINE_TO_STAY) {
		watch(engine);
		result = BSYNC_OK;
	}
	if (result == BSYNC_OK) {
		uv_timer_start(&engine->poll, on_poll, LOCK_POLL_MS, LOCK_POLL_MS);
		*out = engine;
		return BSYNC_OK;
	}
	snprintf(text, BSYNC_ENGINE_TEXT_MAX, "%s", engine->text);
	if (status < 0) {
		uv_close((uv_handle_t *)&engine->poll, NULL);
		uv_close((uv_handle_t *)&engine->deadline, NULL);
		engine->is_closing = true;
	}
	bsync_engine_close(engine);
	bsync_engine_free(engine);
	return result;
}

void bsync_engine_close(struct bsync_engine *engine)
{
	assert(engine != NULL);
	begin_end(engine);
	bsync_turn(&engine->loop, UV_RUN_DEFAULT);
	int status = uv_loop_close(&engine->loop);
	assert(status == 0);
	(void)status;
	serve_wishes(engine);
	if (engine->file != NULL)
		bsync_file_close(engine->file);
	engine->file = NULL;
	if (engine->lock >= 0)
		bsync_place_lock_close(engine->lock);
	engine->lock = -1;
}

void bsync_engine_free(struct bsync_engine *engine)
{
	if (engine == NULL)
		return;
	assert(engine->is_closing && engine->lock < 0);
	while (engine->wishes != NULL) {
		struct bsync_wish *next = engine->wishes->next;
		free(engine->wishes);
		engine->wishes = next;
	}
	pthread_cond_destroy(&engine->answered);
	pthread_mutex_destroy(&engine->mutex);
	free(engine);
}

uv_loop_t *bsync_engine_loop(struct bsync_engine *engine)
{
	assert(engine != NULL);
	return &engine->loop;
}

void bsync_engine_run(struct bsync_engine *engine)
{
	assert(engine != NULL);
	bsync_turn(&engine->loop, UV_RUN_DEFAULT);
}

void bsync_engine_run_for(struct bsync_engine *engine, struct bsync_wish *wish, int64_t deadline_ms)
{
	assert(engine != NULL && wish != NULL);
	while (!wish->is_answered) { /* only this thread answers it */
		int64_t left_ms = deadline_ms - bsync_steady_ms();
		if (left_ms <= 0)
			break;
		uv_update_time(&engine->loop);
		uv_timer_start(&engine->deadline, on_deadline, (uint64_t)left_ms, 0);
		bsync_turn(&engine->loop, UV_RUN_ONCE);
	}
	uv_timer_stop(&engine->deadline);
}

void bsync_engine_stop(struct bsync_engine *engine)
{
	assert(engine != NULL);
	atomic_store(&engine->must_stop, true);
	uv_async_send(&engine->wake);
}

bool bsync_engine_is_holder(struct bsync_engine *engine)
{
	assert(engine != NULL);
	return atomic_load(&engine->is_holder);
}

void bsync_engine_committed(struct bsync_engine *engine)
{
	assert(engine != NULL);
	if (!atomic_exchange(&engine->has_commits, true))
		uv_async_send(&engine->wake);
}

void bsync_engine_contact(struct bsync_engine *engine, struct bsync_contact *contact)
{
	assert(engine != NULL && contact != NULL);
	pthread_mutex_lock(&engine->mutex);
	*contact = engine->contact;
	if (contact->next_attempt_ms >= 0) {
		contact->next_attempt_ms -= bsync_steady_ms() - engine->contact_ms;
		if (contact->next_attempt_ms < 0)
			contact->next_attempt_ms = 0;
	}
	pthread_mutex_unlock(&engine->mutex);
}
