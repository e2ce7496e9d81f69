/* server.c: what daemon/ does with the effects of a session, in one thread. */
#include <string.h>
#include <unistd.h>

#include "tests/crash/world.h"

enum { FRAMES_MAX = 4 << 20 };

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

enum bsync_result crash_server_open(struct crash_world *world)
{
	enum bsync_result result;

	if (world->store == NULL) {
		result = bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store);
		if (result != BSYNC_OK)
			return result;
	}
	result = bsync_view_open(world->store_path, &world->store_key, &world->view);
	if (result == BSYNC_OK)
		desk_open(&world->desk, world->store, world->view);
	else
		crash_server_close(world);
	return result;
}

void crash_server_close(struct crash_world *world)
{
	for (int i = 0; i < CRASH_DEVICES; i++)
		crash_server_drop(&world->devices[i]);
	if (world->view != NULL)
		desk_close(&world->desk);
	bsync_view_close(world->view);
	world->view = NULL;
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
		.organisation = world->desk.daemon.facts.organisation,
		.incarnation = world->desk.daemon.facts.incarnation,
		.schema_version = world->desk.daemon.schema.files.version,
		.counter = bsync_store_position(world->store).counter,
	};

	device->is_silent = false;
	return bsync_session_server_new(&facts, false, CRASH_NOW_MS, &device->server);
}

void crash_server_drop(struct crash_device *device)
{
	bsync_session_server_free(device->server);
	device->server = NULL;
	desk_part(&device->guest);
	pull_end(device);
}

/* --- Effects --- */

static void end(struct crash_device *device, enum bsync_result result)
{
	struct bsync_effects effects;

	if (device->server == NULL)
		return;
	bsync_session_server_end(device->server, result, 0, &effects);
	carry(device, &effects);
}

static enum bsync_result run_heartbeat(struct crash_world *world, void *context)
{
	struct crash_device *device = context;

	return bsync_store_heartbeat(world->store, &device->id, bsync_session_server_hello(device->server),
				     CRASH_NOW_MS);
}

static void on_hello(struct crash_device *device, const struct bsync_hello *hello)
{
	struct crash_world *world = device->world;
	struct bsync_line_state line = {0};
	struct bsync_effects effects;
	enum bsync_result result = bsync_view_meet(world->view, &device->id, hello, &line);
	struct bsync_session_line told = {line.last_seq, line.last_epoch, line.is_hand_in, NULL};

	desk_greet(&world->desk, &device->guest, &device->id, &device->worker, bsync_buffer_bytes(&device->public_key),
		   hello, CRASH_NOW_MS);
	/* A heartbeat that is lost comes again with the next contact. */
	if (result == BSYNC_OK)
		(void)!crash_server_write(world, run_heartbeat, device);
	bsync_session_server_line(device->server, result, &told, CRASH_NOW_MS, &effects);
	carry(device, &effects);
}

static enum bsync_result run_epoch(struct crash_world *world, void *context)
{
	return desk_put_epoch(context, world->store);
}

static void on_epoch(struct crash_device *device, struct bsync_bytes payload)
{
	struct desk_task task;
	enum bsync_result result;

	desk_open_epoch(&task, &device->guest, payload);
	result = crash_server_write(device->world, run_epoch, &task);
	desk_task_clear(&task);
	if (result != BSYNC_OK)
		end(device, result);
}

static enum bsync_result run_push(struct crash_world *world, void *context)
{
	return desk_apply_push(context, world->store);
}

static void on_push(struct crash_device *device, struct bsync_bytes payload)
{
	struct desk_task task;
	struct bsync_effects effects;
	enum bsync_result result;

	desk_open_push(&task, &device->guest, payload, CRASH_NOW_MS);
	result = crash_server_write(device->world, run_push, &task);
	if (result == BSYNC_OK)
		result = desk_answer_push(&task);
	bsync_session_server_applied(device->server, result, bsync_buffer_bytes(&task.answer),
				     result == BSYNC_OK && task.opening.batch.is_forked, &effects);
	carry(device, &effects);
	desk_task_clear(&task);
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
		device->guest.has_pulled = true;
	if (result != BSYNC_OK || is_done)
		pull_end(device);
	bsync_session_server_pulled(device->server, result, bsync_buffer_bytes(&frames), is_done, position, &effects);
	carry(device, &effects);
	bsync_buffer_clear(&frames);
}

static void on_pull(struct crash_device *device, const struct bsync_effect *effect)
{
	struct crash_world *world = device->world;
	const struct bsync_hello *hello = bsync_session_server_hello(device->server);
	const struct bsync_pull_request request = desk_pull_request(&device->guest, hello, effect, CRASH_NOW_MS);
	struct bsync_effects effects;
	enum bsync_result result;

	/* Nobody asks anything while a pull runs, so one view does for both. */
	result = bsync_view_pull_begin(world->view, &request, &device->pull);
	if (result == BSYNC_OK) {
		pull_more(device);
		return;
	}
	pull_end(device);
	bsync_session_server_pulled(device->server, result, (struct bsync_bytes){0}, false, (struct bsync_position){0},
				    &effects);
	carry(device, &effects);
}

static enum bsync_result run_confirm(struct crash_world *world, void *context)
{
	struct crash_device *device = context;

	return bsync_store_confirm(world->store, &device->id, device->confirm_wanted, CRASH_NOW_MS);
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
	case BSYNC_EFFECT_SHOWN:
		break; /* this store is in its first life */
	case BSYNC_EFFECT_CONFIRM:
		device->confirm_wanted = effect->position;
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
		device->is_silent = true;
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

		if (!device->is_silent)
			carry_one(device, &effect);
	}
}

void crash_server_frame(struct crash_device *device, const struct bsync_frame *frame)
{
	struct bsync_effects effects;

	if (device->is_silent)
		return;
	bsync_session_server_frame(device->server, frame, CRASH_NOW_MS, &effects);
	carry(device, &effects);
}
