#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/connection.h"
#include "daemon/log.h"
#include "daemon/machine.h"
#include "daemon/opening.h"

enum {
	TASKS_MAX =
		256, /* EPOCH, SHOWN, PUSH and RETRY frames that wait; the session lets 64 of the last two through */
	TASK_ARENA_MAX = 256 << 20,
	ANSWER_ARENA_MAX = 4 << 20,
	OVERLOADED_RETRY_MS = 5000,
	REST_MS = 2000,
};

enum task_kind { TASK_EPOCH, TASK_SHOWN, TASK_PUSH, TASK_RETRY };

/* One frame on its way: opened on the pool, then applied by the writer; a PUSH or RETRY is answered. */
struct task {
	struct bsync_writer_job job; /* first: the writer hands this back */
	uv_work_t work;
	struct bsync_connection *connection;
	struct task *next;
	enum task_kind kind;
	struct bsync_buffer payload;
	struct bsync_opening opening;
	struct bsync_position confirmed; /* before it */
	struct bsync_arena answer_arena;
	struct bsync_receipts receipts;
	uint64_t held; /* bytes counted in the daemon's opened_bytes */
	bool is_counted;
	uint32_t users; /* the pool's callback and the writer's answer */
};

/* What the opening of a connection's pushes has in mind; gone while nothing comes. */
struct bsync_inbound {
	struct bsync_opener opener; /* the pool's while a task is there */
	struct task *first, **last; /* not yet opened */
	uint32_t waiting;           /* not yet opened, the one at work included */
	uint32_t unanswered;
	bool is_opening;
	bool is_queued;  /* in the daemon's queue: too much is opened */
	int64_t used_ms; /* when it last opened something, on the loop's clock */
};

static void start_opening(struct bsync_connection *connection);

static void task_free(struct task *task)
{
	bsync_buffer_clear(&task->payload);
	bsync_opening_clear(&task->opening);
	bsync_arena_clear(&task->answer_arena);
	free(task);
}

/* --- The pool's part --- */

static enum bsync_result run_push(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct task *task = (struct task *)job;

	if (task->opening.result != BSYNC_OK)
		return task->opening.result;
	bsync_arena_reset(&task->answer_arena);
	task->opening.batch.confirmed = task->confirmed;
	return bsync_store_apply(store, &task->opening.batch, &task->answer_arena, &task->receipts);
}

static enum bsync_result run_epoch(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct task *task = (struct task *)job;
	enum bsync_result result = task->opening.result;

	if (result == BSYNC_OK)
		result = bsync_store_epoch_put(store, &task->connection->device, &task->opening.epoch,
					       &task->opening.secret, bsync_machine_now_ms());
	/* A device that cannot know sends its epoch again. */
	return result == BSYNC_EXISTS ? BSYNC_OK : result;
}

static enum bsync_result run_shown(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct task *task = (struct task *)job;
	enum bsync_result result = task->opening.result;

	for (uint32_t i = 0; i < task->opening.receipts_count && result == BSYNC_OK; i++)
		result = bsync_store_shown(store, &task->connection->device, &task->opening.receipts[i]);
	return result;
}

static enum bsync_result run_retry(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct task *task = (struct task *)job;
	struct bsync_retry retry;
	enum bsync_result result;

	bsync_arena_reset(&task->answer_arena);
	result = bsync_retry_decode(bsync_buffer_bytes(&task->payload), &task->answer_arena, &retry);
	return result == BSYNC_OK
		       ? bsync_store_author_retry(store, &task->connection->device, &retry, bsync_machine_now_ms(),
						  &task->answer_arena, &task->receipts)
		       : result;
}

static void open_task(uv_work_t *work)
{
	struct task *task = work->data;
	struct bsync_opener *opener = &task->connection->inbound->opener;

	switch (task->kind) {
	case TASK_EPOCH:
		bsync_opening_epoch(&task->opening, opener, bsync_buffer_bytes(&task->payload));
		break;
	case TASK_SHOWN:
		bsync_opening_shown(&task->opening, bsync_buffer_bytes(&task->payload));
		break;
	case TASK_PUSH:
		bsync_opening_push(&task->opening, opener, bsync_buffer_bytes(&task->payload));
		break;
	case TASK_RETRY:
		break;
	}
	/* A failure takes the same road, so that answers keep their order. */
	bsync_writer_thread_submit(task->connection->daemon->writer, &task->job);
}

/* --- The loop's part --- */

static void count_held(struct task *task)
{
	if (task->is_counted)
		return;
	task->is_counted = true;
	task->held = task->opening.plain.size + task->payload.size;
	task->connection->daemon->opened_bytes += task->held;
}

/* Room has come: those who wait may open again. */
static void resume_waiting(struct bsync_daemon *daemon)
{
	while (daemon->inbound_first != NULL && daemon->opened_bytes < daemon->config.opened_max) {
		struct bsync_connection *connection = daemon->inbound_first;

		daemon->inbound_first = connection->next_inbound;
		connection->next_inbound = NULL;
		connection->inbound->is_queued = false;
		start_opening(connection);
		bsync_connection_unbusy(connection);
	}
}

static void answer_push(struct bsync_connection *connection, struct task *task)
{
	struct bsync_daemon *daemon = connection->daemon;
	struct bsync_effects effects;
	struct bsync_buffer payload;
	enum bsync_result result = task->job.result;

	bsync_buffer_init(&payload, bsync_message_cap(BSYNC_MESSAGE_RECEIPTS));
	if (result == BSYNC_OK)
		result = bsync_receipts_encode(&task->receipts, &payload);
	if (result == BSYNC_OK) {
		connection->is_author = true;
		atomic_fetch_add(&daemon->counts.changesets, task->opening.batch.count);
		atomic_fetch_add(&daemon->counts.changes, bsync_opening_change_count(&task->opening));
	} else {
		atomic_fetch_add(&daemon->counts.pushes_refused, 1);
		bsync_log(BSYNC_LOG_WARNING, "session number=%llu event=push-refused reason=%s",
			  (unsigned long long)connection->number, bsync_result_name(result));
	}
	if (!bsync_connection_is_over(connection)) {
		bsync_session_server_applied(connection->session, result, bsync_buffer_bytes(&payload),
					     task->opening.batch.is_forked, &effects);
		bsync_connection_execute(connection, &effects);
	}
	bsync_buffer_clear(&payload);
}

static void release(struct task *task)
{
	struct bsync_connection *connection = task->connection;

	assert(task->users > 0);
	if (--task->users > 0)
		return;
	task_free(task);
	bsync_connection_unbusy(connection);
}

static void answered(struct bsync_writer_job *job)
{
	struct task *task = (struct task *)job;
	struct bsync_connection *connection = task->connection;
	struct bsync_daemon *daemon = connection->daemon;

	count_held(task);
	daemon->opened_bytes -= task->held;
	connection->inbound->unanswered--;
	if (task->kind == TASK_PUSH || task->kind == TASK_RETRY) {
		answer_push(connection, task);
	} else if (job->result != BSYNC_OK) {
		bsync_log(BSYNC_LOG_WARNING, "session number=%llu event=%s-refused reason=%s",
			  (unsigned long long)connection->number, task->kind == TASK_EPOCH ? "epoch" : "shown",
			  bsync_result_name(job->result));
		bsync_connection_end(connection, job->result, job->result < 100 ? OVERLOADED_RETRY_MS : 0);
	}
	release(task);
	resume_waiting(daemon);
}

static void opened(uv_work_t *work, int status)
{
	struct task *task = work->data;
	struct bsync_inbound *inbound = task->connection->inbound;

	(void)status;
	/* The writer may have answered before this call came. */
	if (task->users > 1)
		count_held(task);
	inbound->is_opening = false;
	inbound->waiting--;
	inbound->used_ms = (int64_t)uv_now(&task->connection->daemon->loop);
	start_opening(task->connection);
	release(task);
}

/* Opens the next one that waits; one at a time, since each follows from the one before. */
static void start_opening(struct bsync_connection *connection)
{
	struct bsync_daemon *daemon = connection->daemon;
	struct bsync_inbound *inbound = connection->inbound;
	struct task *task = inbound->first;

	if (task == NULL || inbound->is_opening || inbound->is_queued)
		return;
	if (daemon->opened_bytes >= daemon->config.opened_max) {
		inbound->is_queued = true;
		connection->busy++;
		connection->next_inbound = NULL;
		if (daemon->inbound_first == NULL)
			daemon->inbound_first = connection;
		else
			daemon->inbound_last->next_inbound = connection;
		daemon->inbound_last = connection;
		return;
	}
	inbound->first = task->next;
	if (inbound->first == NULL)
		inbound->last = &inbound->first;
	inbound->is_opening = true;
	task->users = 2;
	if (uv_queue_work(&daemon->loop, &task->work, open_task, opened) == 0)
		return;
	inbound->is_opening = false;
	inbound->waiting--;
	inbound->unanswered--;
	task_free(task);
	bsync_connection_end(connection, BSYNC_OVERLOADED, OVERLOADED_RETRY_MS);
	bsync_connection_unbusy(connection);
}

static enum bsync_result begin_inbound(struct bsync_connection *connection)
{
	const struct bsync_hello *hello = bsync_session_server_hello(connection->session);
	struct bsync_inbound *inbound;

	if (connection->inbound != NULL)
		return BSYNC_OK;
	inbound = calloc(1, sizeof *inbound);
	if (inbound == NULL)
		return BSYNC_NO_MEMORY;
	inbound->last = &inbound->first;
	bsync_opener_init(&inbound->opener, connection, hello);
	connection->inbound = inbound;
	return BSYNC_OK;
}

static void add_task(struct bsync_connection *connection, struct bsync_bytes payload, enum task_kind kind)
{
	static bsync_writer_work *const runs[] = {
		[TASK_EPOCH] = run_epoch, [TASK_SHOWN] = run_shown, [TASK_PUSH] = run_push, [TASK_RETRY] = run_retry};
	enum bsync_result result = begin_inbound(connection);
	struct task *task = NULL;

	if (result == BSYNC_OK && connection->inbound->unanswered < TASKS_MAX)
		task = calloc(1, sizeof *task);
	if (task != NULL) {
		bsync_buffer_init(&task->payload, payload.size);
		if (bsync_buffer_append(&task->payload, payload.data, payload.size) != BSYNC_OK) {
			free(task);
			task = NULL;
		}
	}
	if (task == NULL) {
		bsync_connection_end(connection, BSYNC_OVERLOADED, OVERLOADED_RETRY_MS);
		return;
	}
	task->connection = connection;
	task->kind = kind;
	task->confirmed = connection->confirm_wanted;
	task->work.data = task;
	task->job.run = runs[kind];
	task->job.done = answered;
	bsync_opening_init(&task->opening, TASK_ARENA_MAX);
	bsync_arena_init(&task->answer_arena, ANSWER_ARENA_MAX);
	*connection->inbound->last = task;
	connection->inbound->last = &task->next;
	connection->inbound->waiting++;
	connection->inbound->unanswered++;
	connection->busy++;
	start_opening(connection);
}

void bsync_inbound_epoch(struct bsync_connection *connection, struct bsync_bytes payload)
{
	add_task(connection, payload, TASK_EPOCH);
}

void bsync_inbound_shown(struct bsync_connection *connection, struct bsync_bytes payload)
{
	add_task(connection, payload, TASK_SHOWN);
}

void bsync_inbound_push(struct bsync_connection *connection, struct bsync_bytes payload)
{
	add_task(connection, payload, TASK_PUSH);
}

void bsync_inbound_retry(struct bsync_connection *connection, struct bsync_bytes payload)
{
	add_task(connection, payload, TASK_RETRY);
}

bool bsync_inbound_is_waiting(const struct bsync_connection *connection)
{
	return connection->inbound != NULL && connection->inbound->unanswered > 0;
}

uint64_t bsync_inbound_last_seq(const struct bsync_connection *connection)
{
	const struct bsync_hello *hello = bsync_session_server_hello(connection->session);

	/* While a push is being opened its number is not known yet; the pull then shows a little more than it must. */
	if (connection->inbound != NULL && !connection->inbound->is_opening &&
	    connection->inbound->opener.last_seq > hello->last_seq)
		return connection->inbound->opener.last_seq;
	return connection->pushed_seq > hello->last_seq ? connection->pushed_seq : hello->last_seq;
}

void bsync_inbound_rest(struct bsync_connection *connection)
{
	struct bsync_inbound *inbound = connection->inbound;

	if (inbound == NULL || inbound->unanswered > 0 || inbound->waiting > 0 || inbound->is_queued)
		return;
	/* Someone who types goes on: what the next push needs is kept a little. */
	if ((int64_t)uv_now(&connection->daemon->loop) - inbound->used_ms < REST_MS)
		return;
	if (inbound->opener.last_seq > connection->pushed_seq)
		connection->pushed_seq = inbound->opener.last_seq;
	bsync_inbound_free(connection);
}

void bsync_inbound_free(struct bsync_connection *connection)
{
	if (connection->inbound == NULL)
		return;
	assert(connection->inbound->first == NULL);
	bsync_opener_clear(&connection->inbound->opener);
	free(connection->inbound);
	connection->inbound = NULL;
}

/* --- HELLO and CONFIRM --- */

struct heartbeat {
	struct bsync_writer_job job;
	struct bsync_connection *connection;
	const struct bsync_hello *hello; /* the session's, which lives as long as the connection */
	int64_t now_ms;
};

static enum bsync_result run_heartbeat(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct heartbeat *heartbeat = (struct heartbeat *)job;

	return bsync_store_heartbeat(store, &heartbeat->connection->device, heartbeat->hello, heartbeat->now_ms);
}

static void heartbeat_kept(struct bsync_writer_job *job)
{
	struct heartbeat *heartbeat = (struct heartbeat *)job;
	struct bsync_connection *connection = heartbeat->connection;

	if (job->result != BSYNC_OK)
		bsync_log(BSYNC_LOG_WARNING, "session number=%llu event=heartbeat-lost reason=%s",
			  (unsigned long long)connection->number, bsync_result_name(job->result));
	free(heartbeat);
	bsync_connection_unbusy(connection);
}

static void keep_heartbeat(struct bsync_connection *connection, const struct bsync_hello *hello)
{
	struct heartbeat *heartbeat = calloc(1, sizeof *heartbeat);

	if (heartbeat == NULL)
		return; /* The next contact brings another. */
	heartbeat->job.run = run_heartbeat;
	heartbeat->job.done = heartbeat_kept;
	heartbeat->job.is_lazy = true;
	heartbeat->connection = connection;
	heartbeat->hello = hello;
	heartbeat->now_ms = connection->hello_ms;
	connection->busy++;
	bsync_writer_thread_submit(connection->daemon->writer, &heartbeat->job);
}

/* The operator must hear of it, also tomorrow: the store remembers. */
static enum bsync_result run_note(struct bsync_writer_job *job, struct bsync_store *store)
{
	(void)job;
	return bsync_store_put_back_note(store, bsync_machine_now_ms());
}

static void note_kept(struct bsync_writer_job *job)
{
	free(job);
}

static void tell_put_back(struct bsync_connection *connection)
{
	struct bsync_writer_job *job = calloc(1, sizeof *job);
	char device[BSYNC_ID_TEXT_SIZE];

	bsync_id_text(connection->device.bytes, device);
	bsync_log(
		BSYNC_LOG_ERROR,
		"store event=put-back device=%s advice=\"this store is an older copy than the devices know: stop, and "
		"run buurtsyncctl restore FILE --accept\"",
		device);
	if (job == NULL)
		return; /* The next device that comes says the same. */
	job->run = run_note;
	job->done = note_kept;
	bsync_writer_thread_submit(connection->daemon->writer, job);
}

bool bsync_inbound_hello(struct bsync_connection *connection, const struct bsync_hello *hello,
			 struct bsync_effects *effects)
{
	struct bsync_lookup *lookup = &connection->daemon->lookup;
	struct bsync_line_state line = {0};
	struct bsync_session_line told;
	struct bsync_lives lives;
	enum bsync_result result;

	connection->hello_ms = bsync_machine_now_ms();
	connection->schema_version = hello->schema_version;
	connection->confirm_wanted = bsync_store_hello_cursor(&connection->daemon->facts, hello);
	pthread_mutex_lock(&lookup->lock);
	result = bsync_view_meet(lookup->view, &connection->device, hello, &line);
	if (result == BSYNC_OK)
		result = bsync_view_lives(lookup->view, hello, &lives);
	pthread_mutex_unlock(&lookup->lock);
	told = (struct bsync_session_line){.durable_seq = line.last_seq,
					   .known_epoch = line.last_epoch,
					   .is_hand_in = line.is_hand_in,
					   .lives = result == BSYNC_OK ? &lives : NULL};
	bsync_session_server_line(connection->session, result, &told, connection->hello_ms, effects);
	if (bsync_session_server_is_put_back(connection->session))
		tell_put_back(connection);
	else if (result == BSYNC_OK)
		keep_heartbeat(connection, hello);
	return true;
}

struct confirmation {
	struct bsync_writer_job job;
	struct bsync_connection *connection;
	struct bsync_position position;
	int64_t now_ms;
};

static enum bsync_result run_confirmation(struct bsync_writer_job *job, struct bsync_store *store)
{
	struct confirmation *confirmation = (struct confirmation *)job;

	return bsync_store_confirm(store, &confirmation->connection->device, confirmation->position,
				   confirmation->now_ms);
}

static void confirmation_kept(struct bsync_writer_job *job)
{
	struct confirmation *confirmation = (struct confirmation *)job;
	struct bsync_connection *connection = confirmation->connection;

	if (job->result != BSYNC_OK)
		bsync_log(BSYNC_LOG_WARNING, "session number=%llu event=confirm-lost reason=%s",
			  (unsigned long long)connection->number, bsync_result_name(job->result));
	connection->is_confirming = false;
	if (connection->confirm_wanted.counter > confirmation->position.counter &&
	    !bsync_connection_is_over(connection))
		bsync_inbound_confirm(connection, connection->confirm_wanted);
	free(confirmation);
	bsync_connection_unbusy(connection);
}

void bsync_inbound_confirm(struct bsync_connection *connection, struct bsync_position position)
{
	struct confirmation *confirmation;

	connection->confirm_wanted = position;
	if (connection->is_confirming)
		return;
	confirmation = calloc(1, sizeof *confirmation);
	if (confirmation == NULL)
		return; /* The next one says the same and more. */
	confirmation->job.run = run_confirmation;
	confirmation->job.done = confirmation_kept;
	confirmation->job.is_lazy = true;
	confirmation->connection = connection;
	confirmation->position = position;
	confirmation->now_ms = bsync_machine_now_ms();
	connection->is_confirming = true;
	connection->busy++;
	bsync_writer_thread_submit(connection->daemon->writer, &confirmation->job);
}
