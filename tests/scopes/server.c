/* server.c: carries out the effects of session_server on the real store. */
#include <assert.h>
#include <string.h>

#include "tests/scopes/world.h"

enum { BATCH_MAX = 1000, PLAIN_MAX = 64 << 20, ARENA_MAX = 256 << 20, PULL_FRAMES_MAX = 64 << 20 };

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
	bsync_pull_free(device->pull);
	device->pull = NULL;
}

static void on_hello(struct world_device *device, const struct bsync_hello *hello)
{
	struct world *world = device->world;
	struct bsync_line_state line;
	struct bsync_touched touched;
	struct bsync_effects effects;

	device->anchor = (struct bsync_clock_anchor){world->now_ms, hello->clock};
	device->line = hello->line;
	must(bsync_view_line(world->view, &device->id, &hello->line, &line), "line");
	device->opened_seq = line.last_seq;
	device->opened_hash = line.last_hash;
	must(bsync_store_group_begin(world->store), "begin");
	must(bsync_store_heartbeat(world->store, &device->id, hello, world->now_ms), "heartbeat");
	must(bsync_store_group_commit(world->store, &touched), "commit");
	if (hello->durable_seq < line.last_seq) {
		device->opened_seq = hello->durable_seq;
		device->opened_hash = hello->chain;
	}
	bsync_session_server_line(device->server, BSYNC_OK, line.last_seq, line.last_epoch, world->now_ms, &effects);
	carry(device, &effects);
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
	must(bsync_epoch_decode(payload, &arena, &open), "epoch");
	context_of(device, open.epoch, &context);
	context.suite = open.suite;
	must(bsync_epoch_unseal(&context, bsync_store_facts(world->store)->seal_private, &open, device->key), "unseal");
	must(bsync_store_group_begin(world->store), "begin");
	must(bsync_store_epoch_put(world->store, &device->id, &open, &context.secret), "epoch put");
	must(bsync_store_group_commit(world->store, &touched), "commit");
	bsync_arena_clear(&arena);
}

/* Verifies, opens and decodes a push; the parts of the batch live in `arena` and `plain`. */
static enum bsync_result open_push(struct world_device *device, const struct bsync_push *push,
				   struct bsync_arena *arena, struct bsync_buffer plain[], struct bsync_batch *batch)
{
	struct bsync_seal_context context;
	struct bsync_digest previous = device->opened_hash;

	context_of(device, push->epoch, &context);
	enum bsync_result result = bsync_view_epoch(device->world->view, &device->id, &device->line, push->epoch,
						    &context);
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
		if (opened->decoded == BSYNC_OK)
			opened->stamp_ms = bsync_stamp_correct(&opened->changeset.evidence, &device->anchor);
		previous = opened->hash;
		device->handed_in++;
		device->resent += opened->seq <= device->answered;
	}
	if (result == BSYNC_OK)
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
	static struct bsync_opened opened[BATCH_MAX];
	static struct bsync_buffer plain[BATCH_MAX];
	struct world *world = device->world;
	struct bsync_arena arena;
	struct bsync_push push;
	struct bsync_buffer answer;
	struct bsync_receipts receipts;
	struct bsync_touched touched = {0};
	struct bsync_effects effects;

	bsync_arena_init(&arena, ARENA_MAX);
	bsync_buffer_init(&answer, BSYNC_FRAME_PAYLOAD_MAX);
	must(bsync_push_decode(payload, &arena, &push), "push");
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
	};
	must(open_push(device, &push, &arena, plain, &batch), "open push");
	must(bsync_store_group_begin(world->store), "begin");
	must(bsync_store_apply(world->store, &batch, &arena, &receipts), "apply");
	must(bsync_store_group_commit(world->store, &touched), "commit");
	must(bsync_receipts_encode(&receipts, &answer), "receipts");
	bsync_session_server_applied(device->server, BSYNC_OK, bsync_buffer_bytes(&answer), world->now_ms, &effects);
	carry(device, &effects);
	for (uint32_t i = 0; i < push.count; i++)
		bsync_buffer_clear(&plain[i]);
	bsync_buffer_clear(&answer);
	bsync_arena_clear(&arena);
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
	struct bsync_pull_request request = {
		.device = device->id,
		.worker = device->worker,
		.cursor = effect->position,
		.line = hello->line,
		.own_seq = hello->last_seq > device->opened_seq ? hello->last_seq : device->opened_seq,
		.schema_version = hello->schema_version,
		.token = effect->number,
		.now_ms = device->world->now_ms,
	};

	/* `ahead` holds for the pull it was said for: the first of the session. */
	if (effect->position.counter == hello->cursor.counter) {
		request.ahead_count = hello->ahead_count;
		request.ahead = hello->ahead;
	}
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
