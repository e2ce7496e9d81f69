#include "tests/sim/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/asking.h"
#include "tests/sim/confine.h"
#include "tests/sim/disk.h"
#include "tests/sim/ends.h"
#include "tests/sim/forge.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/seen.h"
#include "tests/sim/trace.h"
#include "tests/sim/watch.h"

enum {
	PULLS_WAITING_MAX = 2,
	VERIFY_ONE_OF = 32,
	BATCH_MAX = 1000,
	PLAIN_MAX = 64 << 20,
	ARENA_MAX = 256 << 20,
	SQL_SIZE = 500
};

static void must(struct world *world, enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "sim: seed %llu: the daemon: %s: %s (%s)\n", (unsigned long long)world->seed, what,
		bsync_result_text(result), bsync_store_error_text(world->store));
	abort();
}

bool server_is_well(struct world *world, enum bsync_result result, const char *what)
{
	return result == BSYNC_OK || (!daemon_excuses(world, result, what) && false);
}

/* --- Transactions, as the writer's thread makes them --- */

bool server_group_begin(struct world *world)
{
	return server_is_well(world, bsync_store_group_begin(world->store), "begin");
}

enum bsync_result server_group_end(struct world *world, enum bsync_result result, struct bsync_touched *touched)
{
	*touched = (struct bsync_touched){0};
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(world->store, touched);
	world->is_log_ahead = result != BSYNC_OK;
	if (result == BSYNC_OK)
		return BSYNC_OK;
	(void)server_is_well(world, result, "commit");
	bsync_store_group_rollback(world->store);
	return result;
}

void server_settle(struct world *world)
{
	fault_disk_set_paused(world->disk, true);
	watch_settle();
	seen_check(world);
	fault_disk_set_paused(world->disk, false);
}

void server_started(struct world *world)
{
	world->is_log_ahead = false;
	server_settle(world);
	/* What a device had confirmed in a transaction of which nobody knew how it ended. */
	for (uint32_t i = 0; i < world->device_count && world->failure[0] == '\0'; i++) {
		struct bsync_device device;
		if (bsync_view_device(server_view(world), &world->devices[i].id, &device) == BSYNC_OK)
			model.confirmed[world->devices[i].identity] = device.confirmed;
		else
			world_fail(world, "device %u cannot be read from the store", i);
	}
}

/* --- Sessions --- */

void server_accept(struct world_device *device)
{
	struct world *world = device->world;
	const struct bsync_store_facts *facts = bsync_store_facts(world->store);
	struct bsync_session_store_facts session = {
		.organisation = facts->organisation,
		.incarnation = facts->incarnation,
		.schema_version = bsync_store_schema(world->store)->version,
		.counter = bsync_store_position(world->store).counter,
	};
	memcpy(session.incarnation_id, facts->incarnation_id, sizeof session.incarnation_id);
	struct bsync_device row = {0};
	fault_disk_set_paused(world->disk, true);
	bool is_suspended = server_view(world) != NULL &&
			    bsync_view_device(server_view(world), &device->id, &row) == BSYNC_OK &&
			    row.state == BSYNC_DEVICE_SUSPENDED;
	fault_disk_set_paused(world->disk, false);
	must(world, bsync_session_server_new(&session, is_suspended, world->now_ms, &device->server), "session");
}

/* A view that is taken for a pull, kept for the next; NULL when the disk fails. */
static struct bsync_view *view_take(struct world *world)
{
	struct bsync_view *view = NULL;
	if (world->view_count > 0)
		return world->views[--world->view_count];
	return server_is_well(world, bsync_view_open(world->store_path, &world->store_key, &view), "open a view")
		       ? view
		       : NULL;
}

struct bsync_view *server_view(struct world *world)
{
	if (world->view_count == 0) {
		world->views[0] = view_take(world);
		world->view_count = world->views[0] != NULL;
	}
	return world->view_count > 0 ? world->views[world->view_count - 1] : NULL;
}

void server_ask(struct world *world, const char *sql, uint64_t number, ask_row *row, void *context)
{
	if (world->failure[0] == '\0' && ask_view(server_view(world), sql, number, row, context) != BSYNC_OK)
		world_fail(world, "the store cannot run %s", sql);
}

static void pull_end(struct world_device *device)
{
	struct world *world = device->world;
	if (device->pull == NULL)
		return;
	bsync_pull_free(device->pull);
	device->pull = NULL;
	device->waits = false;
	assert(world->view_count <= WORLD_DEVICES_MAX);
	world->views[world->view_count++] = device->pull_view;
	device->pull_view = NULL;
}

void server_drop(struct world_device *device)
{
	bsync_session_server_free(device->server);
	device->server = NULL;
	confine_cut(device);
	pull_end(device);
}

void server_close(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++)
		pull_end(&world->devices[i]);
	while (world->view_count > 0) {
		struct bsync_view *view = world->views[--world->view_count];
		ask_forget_view(view);
		bsync_view_close(view);
	}
	bsync_store_close(world->store);
	world->store = NULL;
}

/* The states of these devices may have changed. */
static void tell_states(struct world *world, const struct bsync_touched *touched)
{
	for (uint32_t i = 0; i < world->device_count * touched->device_count; i++) {
		struct world_device *device = &world->devices[i / touched->device_count];
		struct bsync_device row;
		struct bsync_effects effects;
		if (device->server == NULL ||
		    memcmp(&device->id, &touched->devices[i % touched->device_count], sizeof device->id) != 0)
			continue;
		if (server_view(world) == NULL ||
		    !server_is_well(world, bsync_view_device(server_view(world), &device->id, &row), "read a device"))
			continue;
		bsync_session_server_state(device->server, false, row.state == BSYNC_DEVICE_SUSPENDED, false, &effects);
		server_carry(device, &effects);
	}
}

void server_tell(struct world *world, const struct bsync_touched *touched)
{
	tell_states(world, touched);
	if (touched->scope_count == 0 && touched->worker_count == 0)
		return;
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct bsync_effects effects;
		if (world->devices[i].server == NULL)
			continue;
		bsync_session_server_touched(world->devices[i].server, &effects);
		server_carry(&world->devices[i], &effects);
	}
}

void server_state_changed(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct bsync_effects effects;
		if (world->devices[i].server == NULL)
			continue;
		bsync_session_server_state(world->devices[i].server, false, false, restore_is_open(), &effects);
		server_carry(&world->devices[i], &effects);
	}
}

static bool is_further(struct bsync_position cursor, struct bsync_position confirmed)
{
	return cursor.incarnation != confirmed.incarnation ? cursor.incarnation > confirmed.incarnation
							   : cursor.counter > confirmed.counter;
}

static void on_hello(struct world_device *device, const struct bsync_hello *hello)
{
	struct world *world = device->world;
	struct bsync_line_state line = {0};
	struct bsync_touched touched = {0};
	struct bsync_lives lives = {0};
	struct bsync_view *view = server_view(world);
	enum bsync_result result = BSYNC_STORAGE;
	device->anchor = (struct bsync_clock_anchor){world->now_ms, hello->clock};
	device->line = hello->line;
	device->confirmed = bsync_store_hello_cursor(bsync_store_facts(world->store), hello);
	if (view != NULL)
		result = bsync_view_meet(view, &device->id, hello, &line);
	if (view != NULL && result == BSYNC_OK)
		result = restore_lives(view, hello, &lives);
	if (view != NULL && !server_is_well(world, result, "read a line"))
		view = NULL;
	/* A device hands in what is behind its last receipt; where the store has lost that, what is behind its last. */
	device->opened_seq = hello->durable_seq;
	device->opened_hash = hello->chain;
	if (view != NULL && result == BSYNC_OK && hello->durable_seq > line.last_seq) {
		device->opened_seq = line.last_seq;
		if (!server_is_well(world, bsync_view_hash(view, line.no, line.last_seq, &device->opened_hash),
				    "read a hash"))
			view = NULL;
	}
	/* A heartbeat that is lost is only that. */
	if (view != NULL && server_group_begin(world) &&
	    server_group_end(world, bsync_store_heartbeat(world->store, &device->id, hello, world->now_ms), &touched) ==
		    BSYNC_OK &&
	    is_further(hello->cursor, model.confirmed[device->identity]))
		model.confirmed[device->identity] = hello->cursor;
	probe_if(line.is_left && line.is_hand_in, PROBE_LEFT_GREETS);
	struct bsync_effects effects;
	struct bsync_session_line told = {line.last_seq, line.last_epoch, line.is_hand_in, &lives};
	bsync_session_server_line(device->server, result, &told, world->now_ms, &effects);
	server_carry(device, &effects);
	server_tell(world, &touched);
}

static void context_of(struct world_device *device, uint32_t epoch, struct bsync_seal_context *context)
{
	*context = (struct bsync_seal_context){
		.organisation = bsync_store_facts(device->world->store)->organisation,
		.device = device->id,
		.author = device->worker,
		.line = device->line,
		.epoch = epoch,
		.dictionary = bsync_store_schema(device->world->store)->dictionary,
	};
}

static void on_epoch(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct bsync_arena arena;
	struct bsync_epoch_open open;
	struct bsync_seal_context context;
	struct bsync_touched touched;
	bsync_arena_init(&arena, 1 << 16);
	must(world, bsync_epoch_decode(payload, &arena, &open), "epoch");
	context_of(device, open.epoch, &context);
	context.suite = open.suite;
	must(world, bsync_epoch_unseal(&context, bsync_store_facts(world->store)->seal_private, &open, device->key),
	     "unseal");
	enum bsync_result result = bsync_store_group_begin(world->store);
	if (server_is_well(world, result, "begin"))
		result = server_group_end(
			world, bsync_store_epoch_put(world->store, &device->id, &open, &context.secret, world->now_ms),
			&touched);
	if (result != BSYNC_OK) {
		struct bsync_effects effects;
		bsync_session_server_end(device->server, result, 0, &effects);
		server_carry(device, &effects);
	}
	bsync_arena_clear(&arena);
}

static void on_shown(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct bsync_arena arena;
	struct bsync_shown_receipts shown;
	struct bsync_receipts receipts;
	struct bsync_touched touched;
	bsync_arena_init(&arena, ARENA_MAX);
	must(world, bsync_shown_decode(payload, &arena, &shown), "shown");
	enum bsync_result result = bsync_store_group_begin(world->store);
	if (server_is_well(world, result, "begin")) {
		for (uint32_t i = 0; i < shown.count && result == BSYNC_OK; i++) {
			must(world, bsync_receipts_decode(shown.receipts[i], &arena, &receipts), "receipts shown");
			result = bsync_store_shown(world->store, &device->id, &receipts);
		}
		result = server_group_end(world, result, &touched);
	}
	if (result != BSYNC_OK) {
		struct bsync_effects effects;
		bsync_session_server_end(device->server, result, 0, &effects);
		server_carry(device, &effects);
	}
	bsync_arena_clear(&arena);
}

/* Verifies, opens and decodes a push; BSYNC_OK with the batch, whose parts live in `arena` and `plain`. */
static enum bsync_result open_push(struct world_device *device, const struct bsync_push *push,
				   struct bsync_arena *arena, struct bsync_buffer plain[], struct bsync_batch *batch)
{
	struct bsync_seal_context context;
	context_of(device, push->epoch, &context);
	struct bsync_view *view = server_view(device->world);
	enum bsync_result result = BSYNC_STORAGE;
	if (view != NULL)
		result = bsync_view_epoch(view, &device->id, &device->line, push->epoch, &context);
	struct bsync_digest previous = device->opened_hash;
	if (result == BSYNC_OK && push->first_seq != device->opened_seq + 1)
		result = BSYNC_OUT_OF_ORDER;
	batch->previous = previous;
	for (uint32_t i = 0; i < push->count && result == BSYNC_OK; i++) {
		struct bsync_opened *opened = &batch->changesets[i];
		opened->seq = push->first_seq + i;
		bsync_seal_hash(&context, opened->seq, &previous, &push->changesets[i], &opened->hash);
		result = bsync_unseal(&context, opened->seq, &previous, &push->changesets[i], &plain[i]);
		if (result != BSYNC_OK)
			break;
		opened->plain = bsync_buffer_bytes(&plain[i]);
		opened->decoded = bsync_changeset_decode(opened->plain, arena, &opened->changeset);
		if (opened->decoded == BSYNC_OK) {
			opened->stamp_ms = bsync_stamp_correct(&opened->changeset.evidence, &device->anchor);
			trace_changeset(device, opened->seq, opened->stamp_ms, &opened->changeset);
		}
		previous = opened->hash;
	}
	/* A signature costs more than all the rest, so not each is looked at. */
	if (result == BSYNC_OK && world_below(device->world, VERIFY_ONE_OF) == 0)
		result = bsync_batch_verify(&context, device->key, push->first_seq, push->first_seq + push->count - 1,
					    &previous, push->signature);
	if (result == BSYNC_OK) {
		device->opened_seq = push->first_seq + push->count - 1;
		device->opened_hash = previous;
	}
	return result;
}

static void on_push(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct bsync_arena arena;
	struct bsync_push push;
	static struct bsync_opened opened[BATCH_MAX];
	static struct bsync_buffer plain[BATCH_MAX];
	struct bsync_buffer answer;
	struct bsync_receipts receipts = {0};
	struct bsync_touched touched = {0};
	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&answer, BSYNC_FRAME_PAYLOAD_MAX);
	must(world, bsync_push_decode(payload, &arena, &push), "push");
	assert(push.count <= BATCH_MAX);
	memset(opened, 0, push.count * sizeof *opened);
	for (uint32_t i = 0; i < push.count; i++)
		bsync_buffer_init(&plain[i], PLAIN_MAX);
	struct bsync_batch batch = {
		.device = device->id,
		.worker = device->worker,
		.line = device->line,
		.epoch = push.epoch,
		.first_seq = push.first_seq,
		.count = push.count,
		.changesets = opened,
		.now_ms = world->now_ms,
		.confirmed = device->confirmed,
	};
	if (is_further(device->confirmed, model.confirmed[device->identity]))
		model.confirmed[device->identity] = device->confirmed;
	enum bsync_result result = open_push(device, &push, &arena, plain, &batch);
	if (result == BSYNC_OK) {
		fault_disk_set_paused(world->disk, true);
		watch_offer(device, &batch);
		fault_disk_set_paused(world->disk, false);
		result = bsync_store_group_begin(world->store);
		if (server_is_well(world, result, "begin"))
			result = server_group_end(world, bsync_store_apply(world->store, &batch, &arena, &receipts),
						  &touched);
	} else if (result == BSYNC_UNKNOWN_EPOCH && restores_are_made(world)) {
		/* The first flight left before WELCOME said that the store has lost it; the next one has it. */
		probe(PROBE_EPOCH_LOST);
	} else {
		(void)server_is_well(world, result, "open a push");
	}
	if (result == BSYNC_OK) {
		world->changesets += push.count;
		device->told_seq = push.first_seq + push.count - 1;
		device->told_hash = receipts.last_hash;
		probe_if(batch.is_forked, PROBE_FORK_BEGUN);
		server_settle(world);
		watch_receipts(device, &receipts);
		must(world, bsync_receipts_encode(&receipts, &answer), "receipts");
		forge_try(device, &batch, &receipts, &arena);
	}
	struct bsync_effects effects;
	bsync_session_server_applied(device->server, result, bsync_buffer_bytes(&answer),
				     result == BSYNC_OK && batch.is_forked, &effects);
	server_carry(device, &effects);
	for (uint32_t i = 0; i < push.count; i++)
		bsync_buffer_clear(&plain[i]);
	bsync_buffer_clear(&answer);
	bsync_arena_clear(&arena);
	server_tell(world, &touched);
}

static void pull_more(struct world_device *device)
{
	struct world *world = device->world;
	struct bsync_buffer frames;
	bool is_done = false;
	bsync_buffer_init(&frames, 64 << 20);
	ends_tell(device, &frames);
	/* A small budget, so that a pull takes several steps and can be cut between them. */
	enum bsync_result result = bsync_pull_next(device->pull, 1 + world_below(world, 3000), &frames, &is_done);
	struct bsync_position position = bsync_pull_position(device->pull);
	if (result == BSYNC_OK) {
		fault_disk_set_paused(world->disk, true);
		confine_frames(device, bsync_buffer_bytes(&frames), position);
		fault_disk_set_paused(world->disk, false);
	}
	if (!server_is_well(world, result, "go on with a pull") || is_done)
		pull_end(device);
	struct bsync_effects effects;
	bsync_session_server_pulled(device->server, result, bsync_buffer_bytes(&frames), is_done, position, &effects);
	server_carry(device, &effects);
	bsync_buffer_clear(&frames);
}

/* Other things happen between the steps of a pull: what it gives is of the snapshot it began on. */
static void pull_soon(struct world_device *device)
{
	uint32_t waiting = 0;
	/* Each pull that waits has a view of its own, which is slow to open. */
	for (uint32_t i = 0; i < device->world->device_count; i++)
		waiting += device->world->devices[i].waits;
	device->waits = waiting < PULLS_WAITING_MAX && world_below(device->world, 3) == 0;
	if (!device->waits)
		pull_more(device);
}

void server_turn(struct world_device *device)
{
	if (!device->waits || daemon_is_down(device->world))
		return;
	device->waits = false;
	pull_more(device);
}

static void on_pull(struct world_device *device, const struct bsync_effect *effect)
{
	/* Of many frames a cut loses some. */
	static const size_t frame_sizes[] = {0, 1, 200, 1000};
	struct world *world = device->world;
	const struct bsync_hello *hello = bsync_session_server_hello(device->server);
	struct bsync_pull_request request = {
		.device = device->id,
		.worker = device->worker,
		.cursor = effect->position,
		.line = hello->line,
		.own_seq = hello->last_seq > device->opened_seq ? hello->last_seq : device->opened_seq,
		.schema_version = hello->schema_version,
		.ahead_count = hello->ahead_count,
		.ahead = hello->ahead,
		.token = effect->number,
		.now_ms = world->now_ms,
		.rows_size = frame_sizes[world->seed / 2 % 4],
	};
	/* `ahead` holds for the pull it was said for: the first of the session. */
	if (effect->position.counter != hello->cursor.counter)
		request.ahead_count = 0;
	enum bsync_result result = BSYNC_STORAGE;
	struct bsync_view *view = view_take(world);
	if (view != NULL)
		result = bsync_view_pull_begin(view, &request, &device->pull);
	if (result == BSYNC_OK) {
		device->pull_view = view;
		pull_soon(device);
		return;
	}
	if (view != NULL) {
		(void)server_is_well(world, result, "begin a pull");
		world->views[world->view_count++] = view;
	}
	struct bsync_effects effects;
	bsync_session_server_pulled(device->server, result, (struct bsync_bytes){NULL, 0}, false, request.cursor,
				    &effects);
	server_carry(device, &effects);
}

static void on_confirm(struct world_device *device, struct bsync_position position)
{
	struct world *world = device->world;
	struct bsync_touched touched;
	device->confirmed = position;
	if (server_group_begin(world) &&
	    server_group_end(world, bsync_store_confirm(world->store, &device->id, position, world->now_ms),
			     &touched) == BSYNC_OK)
		model.confirmed[device->identity] = position;
}

void server_carry(struct world_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && device->server != NULL && !daemon_is_down(device->world); i++) {
		const struct bsync_effect effect = effects->list[i];
		switch (effect.kind) {
		case BSYNC_EFFECT_SEND:
			confine_send(device, effect.bytes);
			must(device->world, bsync_buffer_append(&device->down, effect.bytes.data, effect.bytes.size),
			     "wire");
			break;
		case BSYNC_EFFECT_HELLO:
			on_hello(device, effect.hello);
			break;
		case BSYNC_EFFECT_EPOCH:
			on_epoch(device, effect.bytes);
			break;
		case BSYNC_EFFECT_APPLY:
			on_push(device, effect.bytes);
			break;
		case BSYNC_EFFECT_SHOWN:
			on_shown(device, effect.bytes);
			break;
		case BSYNC_EFFECT_RETRY:
			asking_retry(device, effect.bytes);
			break;
		case BSYNC_EFFECT_HISTORY:
			asking_history(device, effect.bytes);
			break;
		case BSYNC_EFFECT_CONFIRM:
			on_confirm(device, effect.position);
			break;
		case BSYNC_EFFECT_PULL:
			on_pull(device, &effect);
			break;
		case BSYNC_EFFECT_PULL_MORE:
			pull_soon(device);
			break;
		case BSYNC_EFFECT_CLOSE:
			world_trace(device->world, "the daemon ends the conversation with device %u: %s",
				    device->number, bsync_result_name(effect.result));
			break;
		default:
			break;
		}
	}
}

void server_frame(struct world_device *device, const struct bsync_frame *frame)
{
	struct bsync_effects effects;
	assert(!bsync_session_server_is_full(device->server));
	bsync_session_server_frame(device->server, frame, device->world->now_ms, &effects);
	server_carry(device, &effects);
}

void server_checkpoint(struct world *world)
{
	(void)server_is_well(world, bsync_store_checkpoint(world->store, 0), "move its log");
}
