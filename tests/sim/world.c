#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/store/file.h"
#include "tests/sim/ask.h"
#include "tests/sim/asking.h"
#include "tests/sim/causal.h"
#include "tests/sim/confine.h"
#include "tests/sim/disk.h"
#include "tests/sim/ends.h"
#include "tests/sim/images.h"
#include "tests/sim/markers.h"
#include "tests/sim/model.h"
#include "tests/sim/nursery.h"
#include "tests/sim/operator.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"
#include "tests/sim/seen.h"
#include "tests/sim/signatures.h"
#include "tests/sim/signed.h"
#include "tests/sim/trace.h"
#include "tests/support/dutch.h"

enum { OUTGOING_MAX = 8 << 20, TRUE_SIGNATURES_ONE_OF = 8 };

uint32_t world_below(struct world *world, uint32_t bound)
{
	return dutch_below(&world->random, bound);
}

int64_t world_true_ms(const struct world *world)
{
	return world->now_ms - world->skew_ms;
}

void world_trace(struct world *world, const char *format, ...)
{
	trace_sum_add(&world->now_ms, sizeof world->now_ms);
	trace_sum_add(format, strlen(format));
	if (!world->is_traced)
		return;
	va_list arguments;
	va_start(arguments, format);
	printf("%8lld ", (long long)(world->now_ms - WORLD_START_MS));
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
}

void world_fail(struct world *world, const char *format, ...)
{
	if (world->failure[0] != '\0')
		return;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(world->failure, sizeof world->failure, format, arguments);
	va_end(arguments);
	world_trace(world, "FAILURE %s", world->failure);
}

static int fill(void *context, uint8_t *out, size_t size)
{
	struct world *world = context;
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)dutch_random(&world->random);
	return 0;
}

static void read_clock(void *context, struct bsync_clock_reading *reading)
{
	const struct world_device *device = context;
	reading->wall_ms = world_true_ms(device->world) + device->skew_ms;
	reading->uptime_ms = world_true_ms(device->world) - device->boot_ms;
	reading->boot = device->boot;
}

static void must(struct world *world, enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "sim: seed %llu: %s: %s\n", (unsigned long long)world->seed, what, bsync_result_text(result));
	abort();
}

/* --- Begin and end --- */

static void device_start(struct world *world, uint32_t number)
{
	struct world_device *device = &world->devices[number];
	device->world = world;
	device->number = number;
	device->identity = number;
	device->surroundings = (struct bsync_surroundings){world->chance, read_clock, device};
	device->skew_ms = world_below(world, 4) == 0 ? (int64_t)world_below(world, 63072000) * 1000 - 31536000000 : 0;
	device->boot = dutch_random(&world->random);
	device->boot_ms = world->now_ms - 60000;
}

void world_start(struct world *world, uint64_t seed, bool is_traced)
{
	memset(world, 0, sizeof *world);
	world->seed = seed;
	world->random = seed;
	world->is_traced = is_traced;
	world->now_ms = WORLD_START_MS;
	world->chance = (struct bsync_random){fill, world};
	ledger_begin();
	model_begin(world);
	images_begin();
	operator_begin();
	restore_begin();
	causal_begin();
	seen_begin();
	markers_begin();
	signed_begin(world);
	/* A few small worlds, in which two meet more often. */
	world->device_count = world_below(world, restores_are_made(world) ? 2 : 5) == 0
				      ? 2
				      : 3 + world_below(world, WORLD_DEVICES_MAX - 2);
	for (uint32_t i = 0; i < world->device_count; i++)
		device_start(world, i);
	disks_begin(world);
	signatures_be_true(true);
	nursery_copy(world);
	signatures_be_true(seed % TRUE_SIGNATURES_ONE_OF == 0);
	/* A nursery made just now took of the same chance. */
	fault_vfs_seed(seed, world->now_ms);
	must(world, bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store),
	     "open store");
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct world_device *device = &world->devices[i];
		must(world, bsync_file_open(device->path, &device->surroundings, &device->file), "open device file");
		device_opened(device);
	}
	world_trace(world, "%u devices", world->device_count);
}

struct world_device *world_clone(struct world_device *device)
{
	struct world *world = device->world;
	if (world->device_count == WORLD_DEVICES_MAX)
		return NULL;
	struct fault_image *image = fault_disk_image(device->disk);
	struct world_device *copy = &world->devices[world->device_count];
	*copy = (struct world_device){0};
	device_start(world, world->device_count);
	copy->identity = device->identity;
	copy->id = device->id;
	copy->worker = device->worker;
	copy->key = device->key;
	disk_begin(copy);
	fault_disk_restore(copy->disk, image);
	fault_image_free(image);
	must(world, bsync_file_open(copy->path, &copy->surroundings, &copy->file), "open the file of a copy");
	copy->saved_seq = disk_last_seq(copy);
	world->device_count++;
	return copy;
}

static void wire_drop(struct world_device *device);

void world_end(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct world_device *device = &world->devices[i];
		/* What closes in a dead process moves no log. */
		fault_disk_kill(device->disk);
		if (device->client != NULL)
			wire_drop(device);
		ask_forget_file(device->file);
		bsync_file_close(device->file);
		if (device->identity == i)
			bsync_verify_key_free(device->key);
	}
	images_end();
	fault_disk_kill(world->disk);
	server_close(world);
	restore_end();
	disks_end(world);
}

/* --- The device's executor --- */

static void client_broken(struct world_device *device, enum bsync_result result)
{
	device->is_broken = true;
	device->broken = result;
	world_trace(device->world, "device %u ends the conversation: %s", device->number, bsync_result_name(result));
}

/* PROTOCOL 8.8: who stays on the line that HELLO named has made all that the store has of it. */
static void welcome_check(struct world_device *device, const struct bsync_welcome *welcome)
{
	struct bsync_file_status status;
	fault_disk_set_paused(device->disk, true);
	if (bsync_file_status(device->file, &status) == BSYNC_OK &&
	    memcmp(&device->file->sealing.line, &device->line, sizeof device->line) == 0 &&
	    status.last_seq < welcome->durable_seq)
		world_fail(device->world, "device %u goes on from %llu on a line of which the store has %llu",
			   device->number, (unsigned long long)status.last_seq,
			   (unsigned long long)welcome->durable_seq);
	fault_disk_set_paused(device->disk, false);
}

static enum bsync_result client_store(struct world_device *device, uint8_t message, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_welcome welcome;
	enum bsync_result result;
	bool has_shown;
	switch (message) {
	case BSYNC_MESSAGE_WELCOME:
		bsync_arena_init(&arena, 1 << 16);
		result = bsync_welcome_decode(payload, &arena, &welcome);
		if (result == BSYNC_OK)
			result = bsync_file_welcome(device->file, &welcome);
		if (result == BSYNC_OK || result == BSYNC_CHANGED)
			welcome_check(device, &welcome);
		bsync_arena_clear(&arena);
		return result;
	case BSYNC_MESSAGE_RECEIPTS:
		causal_receipts(device);
		device->must_ask = true;
		result = bsync_file_receipts(device->file, payload);
		if (result == BSYNC_OK)
			causal_received(device, payload);
		return result;
	case BSYNC_MESSAGE_SCHEMA:
		return bsync_file_schema_files(device->file, payload);
	case BSYNC_MESSAGE_SCOPES:
		causal_scopes(device, payload);
		return bsync_file_scopes(device->file, payload);
	case BSYNC_MESSAGE_ROWS:
		return bsync_file_rows(device->file, payload);
	case BSYNC_MESSAGE_PULL_END:
		return bsync_file_pull_end(device->file, payload, &has_shown);
	case BSYNC_MESSAGE_HISTORY:
		device->must_ask = true;
		return bsync_file_answer(device->file, payload);
	default:
		return BSYNC_UNEXPECTED;
	}
}

static void client_outgoing(struct world_device *device, const struct bsync_effect *effect)
{
	struct bsync_buffer frames;
	bsync_buffer_init(&frames, OUTGOING_MAX);
	uint64_t last_seq = effect->number;
	bool has_more = false;
	struct bsync_effects next;
	/* A small budget, so that a hand-in takes several frames. */
	size_t budget = 1 + world_below(device->world, 4000);
	enum bsync_result result = bsync_file_outgoing(device->file, effect->number, effect->epoch, budget, &frames,
						       &last_seq, &has_more);
	if (result == BSYNC_OK) {
		bsync_session_client_outgoing(device->client, bsync_buffer_bytes(&frames), last_seq, has_more, &next);
	} else {
		device_excuses(device, result, "hand in");
		bsync_session_client_failed(device->client, result, &next);
	}
	device_carry(device, &next);
	bsync_buffer_clear(&frames);
}

void device_carry(struct world_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && !device->is_broken; i++) {
		const struct bsync_effect *effect = &effects->list[i];
		if (effect->kind == BSYNC_EFFECT_SEND) {
			must(device->world, bsync_buffer_append(&device->up, effect->bytes.data, effect->bytes.size),
			     "wire");
		} else if (effect->kind == BSYNC_EFFECT_OUTGOING) {
			client_outgoing(device, effect);
			return;
		} else if (effect->kind == BSYNC_EFFECT_STORE || effect->kind == BSYNC_EFFECT_HISTORY_GOT) {
			uint8_t message = effect->kind == BSYNC_EFFECT_STORE ? effect->message : BSYNC_MESSAGE_HISTORY;
			enum bsync_result result = client_store(device, message, effect->bytes);
			/* BSYNC_CHANGED: the session is at its end, and the next is of another line. */
			probe_if(bsync_file_take_restored(device->file), PROBE_RESTORE_NOTICED);
			if (result == BSYNC_CHANGED) {
				client_broken(device, result);
			} else if (result != BSYNC_OK) {
				char what[60];
				snprintf(what, sizeof what, "store %s", bsync_message_name(message));
				device_excuses(device, result, what);
				client_broken(device, result);
			}
		} else if (effect->kind == BSYNC_EFFECT_SYNCED) {
			device->synced++;
		} else if (effect->kind == BSYNC_EFFECT_CLOSE) {
			client_broken(device, effect->result);
		}
	}
}

/* --- Connections --- */

void device_connect(struct world_device *device)
{
	struct world *world = device->world;
	if (device->client != NULL || device->away_until > world->steps || device_is_down(device))
		return;
	ends_come(device);
	if (device_is_down(device))
		return;
	struct bsync_arena arena;
	struct bsync_hello hello;
	uint32_t known_epoch = 0;
	bsync_arena_init(&arena, 1 << 20);
	enum bsync_result result = bsync_file_hello(device->file, &arena, &hello, &known_epoch);
	if (result != BSYNC_OK) {
		device_excuses(device, result, "begin a conversation");
		bsync_arena_clear(&arena);
		return;
	}
	world_trace(world, "device %u connects", device->number);
	bsync_buffer_init(&device->up, OUTGOING_MAX);
	bsync_buffer_init(&device->down, 64 << 20);
	bsync_frame_reader_init(&device->up_reader);
	bsync_frame_reader_init(&device->down_reader);
	device->is_broken = false;
	device->synced = 0;
	device->asked_id = 0;
	device->must_ask = true;
	must(world, bsync_session_client_new(&device->client), "session");
	server_accept(device);
	struct bsync_effects effects;
	bsync_session_client_connected(device->client, &hello, known_epoch, world_true_ms(world), &effects);
	device_carry(device, &effects);
	bsync_arena_clear(&arena);
}

/* The connection is gone, and what was on the wire. */
static void wire_drop(struct world_device *device)
{
	bsync_session_client_free(device->client);
	device->client = NULL;
	server_drop(device);
	if (device->file != NULL)
		bsync_file_pull_cut(device->file);
	bsync_buffer_clear(&device->up);
	bsync_buffer_clear(&device->down);
	bsync_frame_reader_clear(&device->up_reader);
	bsync_frame_reader_clear(&device->down_reader);
}

static void wire_take(struct world_device *device, bool is_up, size_t size);

/* The ends learn of a cut at different times: what one had sent may still arrive at the other.  So a push may be taken
 * whose receipt never arrives, and comes again on the next connection. */
void device_cut(struct world_device *device)
{
	struct world *world = device->world;
	if (device->client == NULL)
		return;
	world_trace(world, "device %u is cut off, %zu bytes up and %zu down on the wire", device->number,
		    device->up.size, device->down.size);
	world->cuts += device->up.size + device->down.size > 0;
	for (int is_up = 0; is_up < 2; is_up++) {
		size_t size = (is_up ? &device->up : &device->down)->size;
		if (size > 0 && world_below(world, 3) == 0)
			wire_take(device, is_up, 1 + world_below(world, (uint32_t)size));
	}
	wire_drop(device);
}

static void frame_arrived(struct world_device *device, bool is_up, const struct bsync_frame *frame)
{
	struct world *world = device->world;
	trace_sum_add(frame->payload.data, frame->payload.size);
	if (world->is_traced) {
		world_trace(world, "device %u %s %s (%zu bytes)", device->number, is_up ? "->" : "<-",
			    bsync_message_name(frame->kind), frame->payload.size);
		if (!is_up)
			trace_down(device, frame);
	}
	if (is_up) {
		server_frame(device, frame);
	} else {
		struct bsync_effects effects;
		bsync_session_client_frame(device->client, frame, world_true_ms(world), &effects);
		device_carry(device, &effects);
		asking_send(device);
	}
}

/* Moves up to `size` bytes off the wire, into an end that is up. */
static void wire_take(struct world_device *device, bool is_up, size_t size)
{
	struct world *world = device->world;
	struct bsync_buffer *wire = is_up ? &device->up : &device->down;
	struct bsync_frame_reader *reader = is_up ? &device->up_reader : &device->down_reader;
	struct bsync_bytes bytes = {wire->data, size < wire->size ? size : wire->size};
	struct bsync_frame frame;
	if (bytes.size == 0)
		return;
	must(world, bsync_frame_reader_feed(reader, bytes), "feed");
	bsync_buffer_consume(wire, bytes.size);
	while ((is_up ? !daemon_is_down(world) : !device->is_broken && !device_is_down(device)) &&
	       bsync_frame_reader_next(reader, &frame) == BSYNC_OK)
		frame_arrived(device, is_up, &frame);
}

void device_deliver(struct world_device *device, bool is_up, size_t size)
{
	struct world *world = device->world;
	if (device->client == NULL)
		return;
	if (world_below(world, 3) == 0)
		server_turn(device);
	if (device->away_until <= world->steps && device->clogged_until[is_up] <= world->steps)
		wire_take(device, is_up, size);
}

void device_settle(struct world_device *device)
{
	const struct world *world = device->world;
	/* What is clogged or down would never be quiet. */
	for (int is_up = 0; is_up < 2; is_up++)
		if (device->away_until > world->steps || device->clogged_until[is_up] > world->steps)
			return;
	while (device->client != NULL && !device->is_broken && !device_is_down(device) && !daemon_is_down(world) &&
	       (device->up.size > 0 || device->down.size > 0 || device->waits)) {
		server_turn(device);
		device_deliver(device, true, SIZE_MAX);
		device_deliver(device, false, SIZE_MAX);
	}
}

void device_opened(struct world_device *device)
{
	/* 0: what the library has. */
	static const size_t stage_sizes[] = {0, 1, 1, 400};
	size_t size = stage_sizes[device->world->seed / 2 % 4];
	if (size > 0)
		bsync_file_stage_from(device->file, size);
}

void device_forms_end(struct world_device *device)
{
	/* Another boot: who had them open then is not there any more. */
	if (device->file != NULL && !device_is_down(device) &&
	    bsync_db_exec(&device->file->db, "UPDATE bsync_form SET boot = boot + 1") != BSYNC_OK)
		world_fail(device->world, "device %u keeps its forms", device->number);
}

void device_committed(struct world_device *device)
{
	struct bsync_effects effects;
	bsync_session_client_committed(device->client, &effects);
	device_carry(device, &effects);
}

void world_calm(struct world *world)
{
	world->full_until = 0;
	world->is_calm = true;
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct world_device *device = &world->devices[i];
		device->away_until = 0;
		device->clogged_until[0] = 0;
		device->clogged_until[1] = 0;
		fault_disk_set_room(device->disk, UINT64_MAX);
		fault_disk_plan(device->disk, NULL);
	}
	fault_disk_set_room(world->disk, UINT64_MAX);
	fault_disk_plan(world->disk, NULL);
}
