/* server.c: carries out the effects of session_server on the real store. */
#include "tests/scopes/world.h"

enum { PULL_FRAMES_MAX = 64 << 20 };

static void carry(struct world_device *device, const struct bsync_effects *effects);

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

	must(bsync_session_server_new(&session, false, world->now_ms, &device->server), "session");
}

void server_drop(struct world_device *device)
{
	bsync_session_server_free(device->server);
	device->server = NULL;
	desk_part(&device->guest);
	bsync_pull_free(device->pull);
	device->pull = NULL;
}

static void on_hello(struct world_device *device, const struct bsync_hello *hello)
{
	struct world *world = device->world;
	struct bsync_line_state line;
	struct bsync_touched touched;
	struct bsync_effects effects;

	desk_greet(&world->desk, &device->guest, &device->id, &device->worker, device->public_key, hello,
		   world->now_ms);
	must(bsync_view_meet(world->view, &device->id, hello, &line), "line");
	must(bsync_store_group_begin(world->store), "begin");
	must(bsync_store_heartbeat(world->store, &device->id, hello, world->now_ms), "heartbeat");
	must(bsync_store_group_commit(world->store, &touched), "commit");
	struct bsync_session_line told = {line.last_seq, line.last_epoch, line.is_hand_in, NULL};
	bsync_session_server_line(device->server, BSYNC_OK, &told, world->now_ms, &effects);
	carry(device, &effects);
}

static void on_epoch(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct desk_task task;
	struct bsync_touched touched;

	desk_open_epoch(&task, &device->guest, payload);
	must(bsync_store_group_begin(world->store), "begin");
	must(desk_put_epoch(&task, world->store), "epoch");
	must(bsync_store_group_commit(world->store, &touched), "commit");
	desk_task_clear(&task);
}

/* What a device hands in a second time although it had the receipt. */
static void note_resent(struct world_device *device, const struct bsync_batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++)
		device->resent += batch->changesets[i].seq <= device->answered;
}

static void on_push(struct world_device *device, struct bsync_bytes payload)
{
	struct world *world = device->world;
	struct desk_task task;
	struct bsync_touched touched;
	struct bsync_effects effects;

	desk_open_push(&task, &device->guest, payload, world->now_ms);
	must(bsync_store_group_begin(world->store), "begin");
	must(desk_apply_push(&task, world->store), "push");
	must(bsync_store_group_commit(world->store, &touched), "commit");
	must(desk_answer_push(&task), "receipts");
	note_resent(device, &task.opening.batch);
	bsync_session_server_applied(device->server, BSYNC_OK, bsync_buffer_bytes(&task.answer),
				     task.opening.batch.is_forked, &effects);
	carry(device, &effects);
	desk_task_clear(&task);
}

static void pull_more(struct world_device *device)
{
	struct bsync_buffer frames;
	struct bsync_effects effects;
	bool is_done = false;

	bsync_buffer_init(&frames, PULL_FRAMES_MAX);
	must(bsync_pull_next(device->pull, BSYNC_SESSION_PULL_BUDGET, &frames, &is_done), "pull");
	struct bsync_position position = bsync_pull_position(device->pull);
	if (is_done) {
		device->guest.has_pulled = true;
		bsync_pull_free(device->pull);
		device->pull = NULL;
	}
	bsync_session_server_pulled(device->server, BSYNC_OK, bsync_buffer_bytes(&frames), is_done, position, &effects);
	carry(device, &effects);
	bsync_buffer_clear(&frames);
}

static void on_pull(struct world_device *device, const struct bsync_effect *effect)
{
	const struct bsync_hello *hello = bsync_session_server_hello(device->server);
	const struct bsync_pull_request request = desk_pull_request(&device->guest, hello, effect,
								    device->world->now_ms);

	must(bsync_view_pull_begin(device->world->view, &request, &device->pull), "pull");
	pull_more(device);
}

static void on_confirm(struct world_device *device, struct bsync_position position)
{
	struct world *world = device->world;
	struct bsync_touched touched;

	must(bsync_store_group_begin(world->store), "begin");
	must(bsync_store_confirm(world->store, &device->id, position, world->now_ms), "confirm");
	must(bsync_store_group_commit(world->store, &touched), "commit");
}

static void carry(struct world_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count; i++) {
		const struct bsync_effect effect = effects->list[i];

		switch (effect.kind) {
		case BSYNC_EFFECT_SEND:
			must(bsync_buffer_append(&device->down, effect.bytes.data, effect.bytes.size), "wire");
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
			break; /* this store is in its first life */
		case BSYNC_EFFECT_CONFIRM:
			on_confirm(device, effect.position);
			break;
		case BSYNC_EFFECT_PULL:
			on_pull(device, &effect);
			break;
		case BSYNC_EFFECT_PULL_MORE:
			pull_more(device);
			break;
		case BSYNC_EFFECT_CLOSE:
			world_fail(device->world, "the daemon ends the conversation with device %u: %s", device->number,
				   bsync_result_name(effect.result));
			device->is_over = true;
			break;
		default:
			break;
		}
	}
}

void server_frame(struct world_device *device, const struct bsync_frame *frame)
{
	struct bsync_effects effects;

	bsync_session_server_frame(device->server, frame, device->world->now_ms, &effects);
	carry(device, &effects);
}

void server_drained(struct world_device *device)
{
	struct bsync_effects effects;

	bsync_session_server_drained(device->server, device->down.size, &effects);
	carry(device, &effects);
}
