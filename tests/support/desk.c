#include "tests/support/desk.h"

#include <assert.h>
#include <string.h>

enum { TASK_ARENA_MAX = 64 << 20, RECEIPTS_ARENA_MAX = 4 << 20 };

void desk_open(struct desk *desk, struct bsync_store *store, struct bsync_view *view)
{
	const struct bsync_schema_source *source = bsync_store_schema_source(store);
	struct bsync_daemon *daemon = &desk->daemon;

	assert(source->file_count <= DESK_SCHEMA_FILES_MAX);
	pthread_mutex_init(&daemon->lookup.lock, NULL);
	daemon->lookup.view = view;
	daemon->facts = *bsync_store_facts(store);
	pthread_mutex_init(&daemon->schema.lock, NULL);
	daemon->schema.files = (struct bsync_schema_files){
		.version = bsync_store_schema(store)->version,
		.dictionary = source->dictionary,
		.count = (uint32_t)source->file_count,
		.files = desk->texts,
	};
	for (size_t i = 0; i < source->file_count; i++) {
		desk->texts[i].name = bsync_bytes_of_string(source->files[i].name);
		desk->texts[i].sql = source->files[i].sql;
	}
	bsync_scratches_init(&daemon->scratches, source->dictionary);
}

void desk_close(struct desk *desk)
{
	bsync_scratches_clear(&desk->daemon.scratches);
	pthread_mutex_destroy(&desk->daemon.lookup.lock);
	pthread_mutex_destroy(&desk->daemon.schema.lock);
	desk->daemon.lookup.view = NULL;
}

void desk_greet(struct desk *desk, struct desk_guest *guest, const struct bsync_device_id *id,
		const struct bsync_worker_id *worker, struct bsync_bytes public_key, const struct bsync_hello *hello,
		int64_t now_ms)
{
	memset(guest, 0, sizeof *guest);
	guest->connection.daemon = &desk->daemon;
	guest->connection.device = *id;
	guest->connection.worker = *worker;
	guest->connection.public_key = public_key;
	guest->connection.schema_version = hello->schema_version;
	guest->connection.hello_ms = now_ms;
	bsync_opener_init(&guest->opener, &guest->connection, hello);
}

void desk_part(struct desk_guest *guest)
{
	bsync_opener_clear(&guest->opener);
	memset(guest, 0, sizeof *guest);
}

struct bsync_pull_request desk_pull_request(const struct desk_guest *guest, const struct bsync_hello *hello,
					    const struct bsync_effect *effect, int64_t now_ms)
{
	uint64_t opened_seq = guest->opener.last_seq;
	struct bsync_pull_request request = {
		.device = guest->connection.device,
		.worker = guest->connection.worker,
		.cursor = effect->position,
		.line = hello->line,
		.own_seq = hello->last_seq > opened_seq ? hello->last_seq : opened_seq,
		.schema_version = guest->connection.schema_version,
		.token = effect->number,
		.now_ms = now_ms,
	};

	/* `ahead` holds for the pull it was said for: the first of the session. */
	if (!guest->has_pulled) {
		request.ahead_count = hello->ahead_count;
		request.ahead = hello->ahead;
	}
	return request;
}

/* --- Tasks --- */

static void task_init(struct desk_task *task, struct desk_guest *guest)
{
	memset(task, 0, sizeof *task);
	task->guest = guest;
	bsync_opening_init(&task->opening, TASK_ARENA_MAX);
	bsync_arena_init(&task->arena, RECEIPTS_ARENA_MAX);
	bsync_buffer_init(&task->answer, bsync_message_cap(BSYNC_MESSAGE_RECEIPTS));
}

void desk_open_epoch(struct desk_task *task, struct desk_guest *guest, struct bsync_bytes payload)
{
	task_init(task, guest);
	bsync_opening_epoch(&task->opening, &guest->opener, payload);
}

void desk_open_push(struct desk_task *task, struct desk_guest *guest, struct bsync_bytes payload, int64_t now_ms)
{
	task_init(task, guest);
	bsync_opening_push(&task->opening, &guest->opener, payload);
	/* The openers read the machine's clock. */
	task->opening.batch.now_ms = now_ms;
}

enum bsync_result desk_put_epoch(struct desk_task *task, struct bsync_store *store)
{
	enum bsync_result result = task->opening.result;

	if (result == BSYNC_OK)
		result = bsync_store_epoch_put(store, &task->guest->connection.device, &task->opening.epoch,
					       &task->opening.secret, task->guest->connection.hello_ms);
	return result == BSYNC_EXISTS ? BSYNC_OK : result;
}

enum bsync_result desk_apply_push(struct desk_task *task, struct bsync_store *store)
{
	if (task->opening.result != BSYNC_OK)
		return task->opening.result;
	return bsync_store_apply(store, &task->opening.batch, &task->arena, &task->receipts);
}

enum bsync_result desk_answer_push(struct desk_task *task)
{
	return bsync_receipts_encode(&task->receipts, &task->answer);
}

void desk_task_clear(struct desk_task *task)
{
	bsync_opening_clear(&task->opening);
	bsync_arena_clear(&task->arena);
	bsync_buffer_clear(&task->answer);
}
