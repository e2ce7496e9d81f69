#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/machine.h"

enum {
	FRAMES_MAX = 4 << 20,     /* of one step; a step is about BSYNC_SESSION_PULL_BUDGET */
	INLINE_BUDGET = 32 << 10, /* what a live change may cost the loop; the rest is for the pool */
	HISTORY_WAITING_MAX = 16,
	HISTORY_ARENA_MAX = 1 << 16,
	OVERLOADED_RETRY_MS = 5000,
};

/* A pull from its PULL effect to its end; it holds a view from its first step on. */
struct bsync_pulling {
	uv_work_t work;
	struct bsync_connection *connection;
	struct bsync_pull_request request;
	struct bsync_view_slot *slot; /* NULL while it waits for one */
	struct bsync_pull *pull;
	struct bsync_buffer frames;
	/* The pool's while a step runs. */
	enum bsync_result result;
	bool is_done;
	/* The loop's, and in a word of their own: it looks at them while a step runs. */
	int64_t progress_ms; /* when its last step ended, on the loop's clock */
	bool is_running, is_queued;
};

/* One HISTORY_GET. */
struct bsync_history_work {
	uv_work_t work;
	struct bsync_connection *connection;
	struct bsync_history_work *next;
	struct bsync_buffer payload; /* the question, then the answer */
	struct bsync_buffer answer;
	enum bsync_result result;
};

static void start_waiting(struct bsync_daemon *daemon);

/* --- The pool's part --- */

static void pull_step(uv_work_t *work)
{
	struct bsync_pulling *pulling = work->data;
	struct bsync_view_slot *slot = pulling->slot;
	enum bsync_result result = bsync_views_open(&pulling->connection->daemon->views, slot);

	if (result == BSYNC_OK && pulling->pull == NULL)
		result = bsync_view_pull_begin(slot->view, &pulling->request, &pulling->pull);
	if (result == BSYNC_OK)
		result = bsync_pull_next(pulling->pull, BSYNC_SESSION_PULL_BUDGET, &pulling->frames, &pulling->is_done);
	pulling->result = result;
}

/* --- The loop's part --- */

/* Another open view is of use only while a core is free to read with it; each takes some hundred kilobytes. */
static struct bsync_view_slot *claim_view(struct bsync_daemon *daemon)
{
	return bsync_views_claim(&daemon->views, daemon->pull_steps_running < daemon->pull_steps_parallel_max);
}

static void queue_pulling(struct bsync_connection *connection)
{
	struct bsync_daemon *daemon = connection->daemon;

	connection->pulling->is_queued = true;
	connection->busy++;
	connection->next_pull = NULL;
	if (daemon->pull_first == NULL)
		daemon->pull_first = connection;
	else
		daemon->pull_last->next_pull = connection;
	daemon->pull_last = connection;
}

/* Gives the view back and forgets the pull. */
static void end_pulling(struct bsync_connection *connection)
{
	struct bsync_pulling *pulling = connection->pulling;

	assert(!pulling->is_running);
	bsync_pull_free(pulling->pull);
	if (pulling->slot != NULL)
		bsync_views_release(pulling->slot);
	bsync_buffer_clear(&pulling->frames);
	free(pulling);
	connection->pulling = NULL;
}

/* What the device holds now decides which commits wake it.  A scope it has just got may have changed since the
 * pull's snapshot, while nobody told. */
static enum bsync_result learn_scopes(struct bsync_connection *connection, bool *is_behind)
{
	struct bsync_pulling *pulling = connection->pulling;
	struct bsync_daemon *daemon = connection->daemon;
	bool is_changed = false;
	uint32_t count = 0;
	const uint64_t *scopes = bsync_pull_scopes(pulling->pull, &count);
	enum bsync_result result = bsync_fanout_set(&daemon->fanout, &connection->member, scopes, count, &is_changed);

	/* A device may have a newer one than a store that was put back. */
	if (connection->schema_version < bsync_pull_schema_version(pulling->pull))
		connection->schema_version = bsync_pull_schema_version(pulling->pull);
	*is_behind = is_changed && bsync_pull_position(pulling->pull).counter < daemon->position.counter;
	return result;
}

static void answer(struct bsync_connection *connection)
{
	struct bsync_pulling *pulling = connection->pulling;
	struct bsync_buffer frames = pulling->frames;
	struct bsync_position position = {0};
	enum bsync_result result = pulling->result;
	bool is_done = pulling->is_done;
	bool is_behind = false;
	struct bsync_effects effects;

	bsync_buffer_init(&pulling->frames, FRAMES_MAX);
	pulling->progress_ms = (int64_t)uv_now(&connection->daemon->loop);
	if (result == BSYNC_OK)
		position = bsync_pull_position(pulling->pull);
	else
		bsync_log(result == BSYNC_OLD_SCHEMA ? BSYNC_LOG_INFO : BSYNC_LOG_ERROR,
			  "session number=%llu event=pull-failed reason=%s", (unsigned long long)connection->number,
			  bsync_result_name(result));
	if (result == BSYNC_OK && is_done) {
		result = learn_scopes(connection, &is_behind);
		connection->has_pulled = true;
	}
	/* The next pull may begin within the step. */
	if (is_done || result != BSYNC_OK)
		end_pulling(connection);
	if (!bsync_connection_is_over(connection)) {
		bsync_session_server_pulled(connection->session, result, bsync_buffer_bytes(&frames), is_done, position,
					    &effects);
		bsync_connection_execute(connection, &effects);
	}
	if (is_behind)
		bsync_connection_touched(connection);
	bsync_buffer_clear(&frames);
}

static void pull_stepped(uv_work_t *work, int status)
{
	struct bsync_pulling *pulling = work->data;
	struct bsync_connection *connection = pulling->connection;
	struct bsync_daemon *daemon = connection->daemon;

	(void)status;
	pulling->is_running = false;
	daemon->pull_steps_running--;
	if (bsync_connection_is_over(connection))
		end_pulling(connection);
	else
		answer(connection);
	bsync_connection_unbusy(connection);
	start_waiting(daemon);
}

static void run_step(struct bsync_connection *connection)
{
	struct bsync_pulling *pulling = connection->pulling;

	assert(!pulling->is_running && !pulling->is_queued);
	pulling->is_running = true;
	connection->busy++;
	connection->daemon->pull_steps_running++;
	if (uv_queue_work(&connection->daemon->loop, &pulling->work, pull_step, pull_stepped) == 0)
		return;
	connection->daemon->pull_steps_running--;
	pulling->is_running = false;
	end_pulling(connection);
	bsync_connection_end(connection, BSYNC_OVERLOADED, OVERLOADED_RETRY_MS);
	bsync_connection_unbusy(connection);
}

/* A view is free again: the next one that waits gets it. */
static void start_waiting(struct bsync_daemon *daemon)
{
	while (daemon->pull_first != NULL) {
		struct bsync_connection *connection = daemon->pull_first;
		struct bsync_pulling *pulling = connection->pulling;

		if (!bsync_connection_is_over(connection)) {
			pulling->slot = claim_view(daemon);
			if (pulling->slot == NULL)
				return;
		}
		daemon->pull_first = connection->next_pull;
		connection->next_pull = NULL;
		pulling->is_queued = false;
		if (bsync_connection_is_over(connection))
			end_pulling(connection);
		else
			run_step(connection);
		bsync_connection_unbusy(connection);
	}
}

static struct bsync_pulling *pulling_new(struct bsync_connection *connection, struct bsync_position position,
					 uint64_t token)
{
	const struct bsync_hello *hello = bsync_session_server_hello(connection->session);
	struct bsync_pulling *pulling = calloc(1, sizeof *pulling);

	if (pulling == NULL)
		return NULL;
	pulling->connection = connection;
	pulling->work.data = pulling;
	bsync_buffer_init(&pulling->frames, FRAMES_MAX);
	pulling->progress_ms = (int64_t)uv_now(&connection->daemon->loop);
	pulling->request = (struct bsync_pull_request){
		.device = connection->device,
		.worker = connection->worker,
		.cursor = position,
		.line = hello->line,
		.own_seq = bsync_inbound_last_seq(connection),
		.schema_version = connection->schema_version,
		.token = token,
		.now_ms = bsync_machine_now_ms(),
	};
	/* What the device had staged before it came counts until it has caught up once. */
	if (!connection->has_pulled) {
		pulling->request.ahead_count = hello->ahead_count;
		pulling->request.ahead = hello->ahead;
	}
	return pulling;
}

/* A live change for a device that has caught up is small and urgent: the hand-over to the pool and back would cost
 * more than the pull.  Only a few a turn of the loop, so that no other connection waits for long. */
static bool is_inline(const struct bsync_connection *connection)
{
	const struct bsync_pulling *pulling = connection->pulling;
	struct bsync_daemon *daemon = connection->daemon;

	return connection->has_pulled && pulling->request.token == 0 && daemon->inline_pulls_left > 0 &&
	       daemon->pull_first == NULL && pulling->slot->view != NULL &&
	       bsync_view_has_schema(pulling->slot->view, daemon->schema.files.version);
}

/* One step on the loop's thread; `effects` holds what follows. */
static void pull_inline(struct bsync_connection *connection, struct bsync_effects *effects)
{
	struct bsync_pulling *pulling = connection->pulling;
	struct bsync_buffer *frames = &connection->daemon->pulled;
	struct bsync_position position = {0};
	bool is_done = false;
	bool is_behind;
	enum bsync_result result = bsync_view_pull_begin(pulling->slot->view, &pulling->request, &pulling->pull);

	connection->daemon->inline_pulls_left--;
	frames->size = 0;
	if (result == BSYNC_OK)
		result = bsync_pull_next(pulling->pull, INLINE_BUDGET, frames, &is_done);
	if (result == BSYNC_OK) {
		position = bsync_pull_position(pulling->pull);
		if (is_done)
			result = learn_scopes(connection, &is_behind);
	}
	if (is_done || result != BSYNC_OK)
		end_pulling(connection);
	bsync_session_server_pulled(connection->session, result, bsync_buffer_bytes(frames), is_done, position,
				    effects);
}

bool bsync_pulling_start(struct bsync_connection *connection, struct bsync_position position, uint64_t token,
			 struct bsync_effects *effects)
{
	struct bsync_daemon *daemon = connection->daemon;

	assert(connection->pulling == NULL);
	connection->pulling = pulling_new(connection, position, token);
	if (connection->pulling == NULL) {
		bsync_session_server_end(connection->session, BSYNC_NO_MEMORY, OVERLOADED_RETRY_MS, effects);
		return true;
	}
	atomic_fetch_add(&daemon->counts.pulls, 1);
	if (daemon->pull_first == NULL) {
		connection->pulling->slot = claim_view(daemon);
		if (connection->pulling->slot != NULL && is_inline(connection)) {
			pull_inline(connection, effects);
			return true;
		}
		if (connection->pulling->slot != NULL) {
			run_step(connection);
			return false;
		}
	}
	queue_pulling(connection);
	return false;
}

void bsync_pulling_more(struct bsync_connection *connection)
{
	assert(connection->pulling != NULL && connection->pulling->slot != NULL);
	run_step(connection);
}

void bsync_pulling_tick(struct bsync_connection *connection, int64_t uptime_ms)
{
	struct bsync_pulling *pulling = connection->pulling;
	int64_t patience_ms = (int64_t)connection->daemon->config.pull_seconds * 1000;

	if (pulling == NULL || pulling->is_running || pulling->is_queued ||
	    uptime_ms - pulling->progress_ms < patience_ms)
		return;
	bsync_log(BSYNC_LOG_WARNING, "session number=%llu event=pull-dropped reason=no-progress",
		  (unsigned long long)connection->number);
	bsync_connection_end(connection, BSYNC_IDLE, OVERLOADED_RETRY_MS);
}

void bsync_pulling_leave(struct bsync_connection *connection)
{
	struct bsync_pulling *pulling = connection->pulling;

	if (pulling == NULL || pulling->is_running || pulling->is_queued)
		return;
	end_pulling(connection);
	start_waiting(connection->daemon);
}

/* --- History --- */

static void history_step(uv_work_t *work)
{
	struct bsync_history_work *history = work->data;
	struct bsync_connection *connection = history->connection;
	struct bsync_lookup *lookup = &connection->daemon->lookup;
	struct bsync_history_get request;
	struct bsync_arena arena;

	bsync_arena_init(&arena, HISTORY_ARENA_MAX);
	history->result = bsync_history_get_decode(bsync_buffer_bytes(&history->payload), &arena, &request);
	if (history->result == BSYNC_OK) {
		pthread_mutex_lock(&lookup->lock);
		history->result = bsync_view_history(lookup->view, &connection->device, &connection->worker,
						     bsync_machine_now_ms(), &request, &history->answer);
		pthread_mutex_unlock(&lookup->lock);
	}
	bsync_arena_clear(&arena);
}

static void history_free(struct bsync_history_work *history)
{
	bsync_buffer_clear(&history->payload);
	bsync_buffer_clear(&history->answer);
	free(history);
}

static void history_next(struct bsync_connection *connection);

/* A row the worker does not hold has no history for this device: the answer is empty, and tells nothing else. */
static enum bsync_result no_history(struct bsync_history_work *history)
{
	struct bsync_history_get request;
	struct bsync_history none = {0};
	struct bsync_arena arena;
	enum bsync_result result;

	bsync_arena_init(&arena, HISTORY_ARENA_MAX);
	bsync_buffer_clear(&history->answer);
	result = bsync_history_get_decode(bsync_buffer_bytes(&history->payload), &arena, &request);
	if (result == BSYNC_OK) {
		none.token = request.token;
		result = bsync_history_encode(&none, &history->answer);
	}
	bsync_arena_clear(&arena);
	return result;
}

static void history_stepped(uv_work_t *work, int status)
{
	struct bsync_history_work *history = work->data;
	struct bsync_connection *connection = history->connection;
	struct bsync_effects effects;

	(void)status;
	connection->history = history->next;
	connection->history_count--;
	if (history->result == BSYNC_NOT_FOUND)
		history->result = no_history(history);
	if (history->result != BSYNC_OK) {
		bsync_connection_end(connection, history->result, 0);
	} else if (!bsync_connection_is_over(connection)) {
		bsync_session_server_send(connection->session, BSYNC_MESSAGE_HISTORY,
					  bsync_buffer_bytes(&history->answer), &effects);
		bsync_connection_execute(connection, &effects);
	}
	history_free(history);
	history_next(connection);
	bsync_connection_unbusy(connection);
}

/* Answers one at a time, in order. */
static void history_next(struct bsync_connection *connection)
{
	while (connection->history != NULL) {
		struct bsync_history_work *history = connection->history;

		if (!bsync_connection_is_over(connection) &&
		    uv_queue_work(&connection->daemon->loop, &history->work, history_step, history_stepped) == 0)
			return;
		connection->history = history->next;
		connection->history_count--;
		history_free(history);
		bsync_connection_unbusy(connection);
	}
}

void bsync_pulling_history(struct bsync_connection *connection, struct bsync_bytes payload)
{
	struct bsync_history_work *history = NULL;
	struct bsync_history_work **last = &connection->history;

	if (connection->history_count < HISTORY_WAITING_MAX)
		history = calloc(1, sizeof *history);
	if (history == NULL) {
		bsync_connection_end(connection, BSYNC_OVERLOADED, OVERLOADED_RETRY_MS);
		return;
	}
	history->connection = connection;
	history->work.data = history;
	bsync_buffer_init(&history->payload, bsync_message_cap(BSYNC_MESSAGE_HISTORY_GET));
	bsync_buffer_init(&history->answer, bsync_message_cap(BSYNC_MESSAGE_HISTORY));
	if (bsync_buffer_append(&history->payload, payload.data, payload.size) != BSYNC_OK) {
		history_free(history);
		bsync_connection_end(connection, BSYNC_NO_MEMORY, OVERLOADED_RETRY_MS);
		return;
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = history;
	connection->busy++;
	connection->history_count++;
	if (connection->history == history)
		history_next(connection);
}
