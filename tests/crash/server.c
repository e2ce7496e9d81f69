/* server.c: what daemon/ does with the effects of a session, in one thread. */
#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "tests/crash/world.h"

enum { TASK_ARENA_MAX = 64 << 20, ANSWER_ARENA_MAX = 4 << 20, FRAMES_MAX = 4 << 20 };

static void carry(struct crash_device *device, const struct bsync_effects *effects);

/* As in daemon/writer_thread.c: what makes the whole transaction fail. */
static bool is_store_failure(enum bsync_result result)
{
	switch ((int)result) {
	case BSYNC_NO_MEMORY:
	case BSYNC_STORAGE:
	case BSYNC_STORAGE_FULL:
	case BSYNC_STORAGE_CORRUPT:
	case BSYNC_BUSY:
	case BSYNC_IO:
		return true;
	default:
		return false;
	}
}

enum bsync_result crash_server_write(struct crash_world *world, crash_job *job, void *context)
{
	struct bsync_touched touched;
	int64_t due_ms = 0;
	enum bsync_result verdict;
	enum bsync_result result = bsync_store_group_begin(world->store);

	if (result != BSYNC_OK)
		return result;
	verdict = job(world, context);
	result = is_store_failure(verdict) ? verdict : BSYNC_OK;
	if (result == BSYNC_OK)
		result = bsync_store_due(world->store, CRASH_NOW_MS, &due_ms);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(world->store, &touched);
	if (result == BSYNC_OK)
		return verdict;
	bsync_store_group_rollback(world->store);
	return result;
}

/* --- Life --- */

static void learn_schema(struct crash_world *world)
{
	const struct bsync_schema_source *source = bsync_store_schema_source(world->store);

	assert(source->file_count == CRASH_SCHEMA_FILES);
	world->daemon.schema = (struct bsync_schema_files){
		.version = bsync_store_schema(world->store)->version,
		.dictionary = source->dictionary,
		.count = CRASH_SCHEMA_FILES,
		.files = world->texts,
	};
	for (size_t i = 0; i < source->file_count; i++) {
		world->texts[i].name = bsync_bytes_of_string(source->files[i].name);
		world->texts[i].sql = source->files[i].sql;
	}
}

enum bsync_result crash_server_open(struct crash_world *world)
{
	char lock[CRASH_PATH_SIZE + 16];
	enum bsync_result result;

	/* The lock of a process that is gone is gone with it, but a copy of this process may hold it. */
	snprintf(lock, sizeof lock, "%s/store.lock", world->store_folder);
	unlink(lock);
	if (world->store == NULL) {
		result = bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store);
		if (result != BSYNC_OK)
			return result;
	}
	result = bsync_view_open(world->store_path, &world->store_key, &world->daemon.lookup.view);
	if (result != BSYNC_OK) {
		crash_server_close(world);
		return result;
	}
	pthread_mutex_init(&world->daemon.lookup.lock, NULL);
	world->daemon.facts = *bsync_store_facts(world->store);
	learn_schema(world);
	bsync_scratches_init(&world->daemon.scratches, world->daemon.schema.dictionary);
	return BSYNC_OK;
}

void crash_server_close(struct crash_world *world)
{
	for (int i = 0; i < CRASH_DEVICES; i++)
		crash_server_drop(&world->devices[i]);
	bsync_view_close(world->daemon.lookup.view);
	world->daemon.lookup.view = NULL;
	if (world->store != NULL)
		bsync_scratches_clear(&world->daemon.scratches);
	bsync_store_close(world->store);
	world->store = NULL;
}

static void pull_end(struct crash_device *device)
{
	bsync_pull_free(device->pull);
	device->pull = NULL;
}

enum bsync_result crash_server_accept(struct crash_device *device)
{
	struct crash_world *world = device->world;
	struct bsync_session_store_facts facts = {
		.organisation = world->daemon.facts.organisation,
		.incarnation = world->daemon.facts.incarnation,
		.schema_version = world->daemon.schema.version,
		.counter = bsync_store_position(world->store).counter,
	};

	memset(&device->connection, 0, sizeof device->connection);
	device->connection.daemon = &world->daemon;
	device->connection.device = device->id;
	device->connection.worker = device->worker;
	device->connection.public_key = bsync_buffer_bytes(&device->public_key);
	device->connection.phase = BSYNC_CONNECTION_SESSION;
	return bsync_session_server_new(&facts, false, CRASH_NOW_MS, &device->connection.session);
}

void crash_server_drop(struct crash_device *device)
{
	bsync_session_server_free(device->connection.session);
	device->connection.session = NULL;
	if (device->has_opener)
		bsync_opener_clear(&device->opener);
	device->has_opener = false;
	pull_end(device);
}

/* --- Effects --- */

static void end(struct crash_device *device, enum bsync_result result)
{
	struct bsync_effects effects;

	if (device->connection.session == NULL)
		return;
	bsync_session_server_end(device->connection.session, result, 0, &effects);
	carry(device, &effects);
}

static enum bsync_result run_heartbeat(struct crash_world *world, void *context)
{
	struct crash_device *device = context;

	return bsync_store_heartbeat(world->store, &device->id, bsync_session_server_hello(device->connection.session),
				     CRASH_NOW_MS);
}

static void on_hello(struct crash_device *device, const struct bsync_hello *hello)
{
	struct crash_world *world = device->world;
	struct bsync_line_state line = {0};
	struct bsync_effects effects;
	enum bsync_result result = bsync_view_line(world->daemon.lookup.view, &device->id, &hello->line, &line);

	device->connection.hello_ms = CRASH_NOW_MS;
	device->connection.schema_version = hello->schema_version;
	/* A heartbeat that is lost comes again with the next contact. */
	if (result == BSYNC_OK)
		(void)!crash_server_write(world, run_heartbeat, device);
	bsync_session_server_line(device->connection.session, result, line.last_seq, line.last_epoch, CRASH_NOW_MS,
				  &effects);
	carry(device, &effects);
}

struct task {
	struct crash_device *device;
	struct bsync_opening opening;
	struct bsync_arena answer_arena;
	struct bsync_receipts receipts;
};

static void task_init(struct task *task, struct crash_device *device)
{
	memset(task, 0, sizeof *task);
	task->device = device;
	bsync_opening_init(&task->opening, TASK_ARENA_MAX);
	bsync_arena_init(&task->answer_arena, ANSWER_ARENA_MAX);
	if (!device->has_opener)
		bsync_opener_init(&device->opener, &device->connection,
				  bsync_session_server_hello(device->connection.session));
	device->has_opener = true;
}

static void task_clear(struct task *task)
{
	bsync_opening_clear(&task->opening);
	bsync_arena_clear(&task->answer_arena);
}

static enum bsync_result run_epoch(struct crash_world *world, void *context)
{
	struct task *task = context;
	enum bsync_result result = task->opening.result;

	if (result == BSYNC_OK)
		result = bsync_store_epoch_put(world->store, &task->device->id, &task->opening.epoch,
					       &task->opening.secret);
	return result == BSYNC_EXISTS ? BSYNC_OK : result;
}

static void on_epoch(struct crash_device *device, struct bsync_bytes payload)
{
	struct task task;
	enum bsync_result result;

	task_init(&task, device);
	bsync_opening_epoch(&task.opening, &device->opener, payload);
	result = crash_server_write(device->world, run_epoch, &task);
	task_clear(&task);
	if (result != BSYNC_OK)
		end(device, result);
}

static enum bsync_result run_push(struct crash_world *world, void *context)
{
	struct task *task = context;

	if (task->opening.result != BSYNC_OK)
		return task->opening.result;
	return bsync_store_apply(world->store, &task->opening.batch, &task->answer_arena, &task->receipts);
}

static void on_push(struct crash_device *device, struct bsync_bytes payload)
{
	struct task task;
	struct bsync_buffer answer;
	struct bsync_effects effects;
	enum bsync_result result;

	task_init(&task, device);
	bsync_buffer_init(&answer, bsync_message_cap(BSYNC_MESSAGE_RECEIPTS));
	bsync_opening_push(&task.opening, &device->opener, payload);
	result = crash_server_write(device->world, run_push, &task);
	if (result == BSYNC_OK)
		result = bsync_receipts_encode(&task.receipts, &answer);
	bsync_session_server_applied(device->connection.session, result, bsync_buffer_bytes(&answer), CRASH_NOW_MS,
				     &effects);
	carry(device, &effects);
	bsync_buffer_clear(&answer);
	task_clear(&task);
}

static void pull_more(struct crash_device *device)
{
	struct bsync_buffer frames;
	struct bsync_position position = {0};
	struct bsync_effects effects;
	bool is_done = false;
	enum bsync_result result;

	bsync_buffer_init(&frames, FRAMES_MAX);
	result = bsync_pull_next(device->pull, BSYNC_SESSION_PULL_BUDGET, &frames, &is_done);
	if (result == BSYNC_OK)
		position = bsync_pull_position(device->pull);
	if (result == BSYNC_OK && is_done)
		device->connection.has_pulled = true;
	if (result != BSYNC_OK || is_done)
		pull_end(device);
	bsync_session_server_pulled(device->connection.session, result, bsync_buffer_bytes(&frames), is_done, position,
				    &effects);
	carry(device, &effects);
	bsync_buffer_clear(&frames);
}

static void on_pull(struct crash_device *device, const struct bsync_effect *effect)
{
	struct crash_world *world = device->world;
	const struct bsync_hello *hello = bsync_session_server_hello(device->connection.session);
	struct bsync_effects effects;
	struct bsync_pull_request request = {
		.device = device->id,
		.worker = device->worker,
		.cursor = effect->position,
		.line = hello->line,
		.own_seq = hello->last_seq,
		.schema_version = device->connection.schema_version,
		.token = effect->number,
		.now_ms = CRASH_NOW_MS,
	};
	enum bsync_result result;

	if (device->has_opener && device->opener.last_seq > request.own_seq)
		request.own_seq = device->opener.last_seq;
	if (!device->connection.has_pulled) {
		request.ahead_count = hello->ahead_count;
		request.ahead = hello->ahead;
	}
	/* Nobody asks anything while a pull runs, so one view does for both. */
	result = bsync_view_pull_begin(world->daemon.lookup.view, &request, &device->pull);
	if (result == BSYNC_OK) {
		pull_more(device);
		return;
	}
	pull_end(device);
	bsync_session_server_pulled(device->connection.session, result, (struct bsync_bytes){0}, false,
				    (struct bsync_position){0}, &effects);
	carry(device, &effects);
}

static enum bsync_result run_confirm(struct crash_world *world, void *context)
{
	struct crash_device *device = context;

	return bsync_store_confirm(world->store, &device->id, device->connection.confirm_wanted, CRASH_NOW_MS);
}

static void carry_one(struct crash_device *device, const struct bsync_effect *effect)
{
	switch (effect->kind) {
	case BSYNC_EFFECT_SEND:
		/* A connection whose bytes find no memory is closed without a word. */
		if (bsync_buffer_append(&device->down, effect->bytes.data, effect->bytes.size) != BSYNC_OK) {
			device->is_over = true;
			device->why = BSYNC_NO_MEMORY;
		}
		break;
	case BSYNC_EFFECT_HELLO:
		on_hello(device, effect->hello);
		break;
	case BSYNC_EFFECT_EPOCH:
		on_epoch(device, effect->bytes);
		break;
	case BSYNC_EFFECT_APPLY:
		on_push(device, effect->bytes);
		break;
	case BSYNC_EFFECT_CONFIRM:
		device->connection.confirm_wanted = effect->position;
		/* The next one says the same and more. */
		(void)!crash_server_write(device->world, run_confirm, device);
		break;
	case BSYNC_EFFECT_PULL:
		on_pull(device, effect);
		break;
	case BSYNC_EFFECT_PULL_MORE:
		pull_more(device);
		break;
	case BSYNC_EFFECT_CLOSE:
		/* What is unsent still goes; then the wire is silent. */
		device->connection.phase = BSYNC_CONNECTION_LAST_WORDS;
		break;
	default:
		device->world->trouble = "an effect of the device's half";
		break;
	}
}

static void carry(struct crash_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && !device->is_over; i++) {
		const struct bsync_effect effect = effects->list[i];

		if (device->connection.phase != BSYNC_CONNECTION_LAST_WORDS)
			carry_one(device, &effect);
	}
}

void crash_server_frame(struct crash_device *device, const struct bsync_frame *frame)
{
	struct bsync_effects effects;

	if (device->connection.phase == BSYNC_CONNECTION_LAST_WORDS)
		return;
	bsync_session_server_frame(device->connection.session, frame, CRASH_NOW_MS, &effects);
	carry(device, &effects);
}
