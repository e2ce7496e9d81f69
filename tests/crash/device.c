/* device.c: what client-sdk/ does with its file and with the effects of a session. */
#include <sqlite3.h>
#include <string.h>

#include "tests/crash/world.h"
#include "tests/support/device_store.h"

enum { OUTGOING_BUDGET = 256 << 10, HELLO_ARENA_MAX = 4 << 20, WIRE_MAX = 16 << 20 };

static void carry(struct crash_device *device, const struct bsync_effects *effects);

/* --- The file --- */

enum bsync_result crash_device_open(struct crash_device *device)
{
	return bsync_file_open(device->path, &device->surroundings, &device->file);
}

void crash_device_close(struct crash_device *device)
{
	bsync_file_close(device->file);
	device->file = NULL;
}

enum bsync_result crash_edit(struct crash_device *device, const char *sql)
{
	enum bsync_result result = bsync_file_exec(device->file, "BEGIN");

	if (result != BSYNC_OK)
		return result;
	result = bsync_file_exec(device->file, sql);
	if (result == BSYNC_OK)
		result = bsync_file_exec(device->file, "COMMIT");
	/* Where the transaction has ended by itself there is nothing to roll back. */
	if (result != BSYNC_OK)
		(void)!bsync_file_exec(device->file, "ROLLBACK");
	return result;
}

enum bsync_result crash_ask(struct crash_device *device, const char *sql, int64_t *out)
{
	struct sqlite3_stmt *statement = NULL;
	const char *tail;
	bool has_row = false;
	enum bsync_result result = bsync_file_prepare(device->file, sql, strlen(sql), &statement, &tail);

	if (result == BSYNC_OK)
		result = bsync_file_step(device->file, statement, &has_row);
	if (result == BSYNC_OK && has_row)
		*out = sqlite3_column_int64(statement, 0);
	else if (result == BSYNC_OK)
		result = BSYNC_NOT_FOUND;
	if (statement != NULL)
		(void)!bsync_file_finalize(device->file, statement);
	return result;
}

/* --- A conversation --- */

static void over(struct crash_device *device, enum bsync_result why)
{
	if (device->is_over)
		return;
	device->is_over = true;
	device->why = why;
}

static void outgoing(struct crash_device *device, const struct bsync_effect *effect)
{
	struct bsync_buffer frames;
	struct bsync_effects next;

	/* The session has heard of a failure, and ends by it. */
	(void)!device_outgoing(device->file, device->client, effect, OUTGOING_BUDGET, &frames, &next);
	carry(device, &next);
	bsync_buffer_clear(&frames);
}

static void carry(struct crash_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && !device->is_over; i++) {
		const struct bsync_effect *effect = &effects->list[i];
		enum bsync_result result = BSYNC_OK;

		if (effect->kind == BSYNC_EFFECT_SEND) {
			if (bsync_buffer_append(&device->up, effect->bytes.data, effect->bytes.size) != BSYNC_OK)
				over(device, BSYNC_NO_MEMORY);
		} else if (effect->kind == BSYNC_EFFECT_OUTGOING) {
			outgoing(device, effect);
			return;
		} else if (effect->kind == BSYNC_EFFECT_STORE) {
			result = device_store(device->file, effect->message, effect->bytes);
			if (result != BSYNC_OK) {
				struct bsync_effects next;

				bsync_session_client_failed(device->client, result, &next);
				carry(device, &next);
				over(device, result);
			}
		} else if (effect->kind == BSYNC_EFFECT_SYNCED) {
			device->synced++;
		} else if (effect->kind == BSYNC_EFFECT_CLOSE) {
			over(device, effect->result);
		}
	}
}

static void deliver(struct crash_device *device, bool is_up)
{
	struct bsync_buffer *wire = is_up ? &device->up : &device->down;
	struct bsync_frame_reader *reader = is_up ? &device->up_reader : &device->down_reader;
	size_t size = wire->size < BSYNC_FRAME_FEED_MAX ? wire->size : BSYNC_FRAME_FEED_MAX;
	struct bsync_frame frame;
	struct bsync_effects effects;
	enum bsync_result result;

	if (size == 0)
		return;
	result = bsync_frame_reader_feed(reader, (struct bsync_bytes){wire->data, size});
	if (result != BSYNC_OK) {
		over(device, result);
		return;
	}
	bsync_buffer_consume(wire, size);
	while (!device->is_over) {
		result = bsync_frame_reader_next(reader, &frame);
		if (result == BSYNC_AGAIN)
			return;
		if (result != BSYNC_OK) {
			over(device, result);
		} else if (is_up) {
			crash_server_frame(device, &frame);
		} else {
			bsync_session_client_frame(device->client, &frame, CRASH_NOW_MS, &effects);
			carry(device, &effects);
		}
	}
}

static enum bsync_result begin(struct crash_device *device)
{
	struct bsync_arena arena;
	struct bsync_hello hello;
	struct bsync_effects effects;
	uint32_t known_epoch = 0;
	enum bsync_result result = bsync_session_client_new(&device->client);

	bsync_arena_init(&arena, HELLO_ARENA_MAX);
	if (result == BSYNC_OK)
		result = crash_server_accept(device);
	if (result == BSYNC_OK)
		result = bsync_file_hello(device->file, &arena, &hello, &known_epoch);
	if (result == BSYNC_OK) {
		bsync_session_client_connected(device->client, &hello, known_epoch, CRASH_NOW_MS, &effects);
		carry(device, &effects);
	}
	bsync_arena_clear(&arena);
	return result;
}

static void cut(struct crash_device *device)
{
	bsync_session_client_free(device->client);
	device->client = NULL;
	crash_server_drop(device);
	bsync_file_pull_cut(device->file);
	bsync_buffer_clear(&device->up);
	bsync_buffer_clear(&device->down);
	bsync_frame_reader_clear(&device->up_reader);
	bsync_frame_reader_clear(&device->down_reader);
}

enum bsync_result crash_sync(struct crash_device *device)
{
	struct bsync_file_status status;
	enum bsync_result result;

	bsync_buffer_init(&device->up, WIRE_MAX);
	bsync_buffer_init(&device->down, WIRE_MAX);
	bsync_frame_reader_init(&device->up_reader);
	bsync_frame_reader_init(&device->down_reader);
	device->is_over = false;
	device->why = BSYNC_OK;
	device->synced = 0;
	result = begin(device);
	while (result == BSYNC_OK && !device->is_over && device->up.size + device->down.size > 0) {
		deliver(device, true);
		deliver(device, false);
	}
	if (result == BSYNC_OK && device->is_over)
		result = device->why != BSYNC_OK ? device->why : BSYNC_AGAIN;
	cut(device);
	if (result == BSYNC_OK)
		result = bsync_file_status(device->file, &status);
	if (result == BSYNC_OK && (device->synced == 0 || status.pending != 0))
		result = BSYNC_AGAIN;
	return result;
}
