#include "tests/scopes/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/device_store.h"
#include "tests/support/dutch.h"

enum {
	OUTGOING_MAX = 64 << 20,
	OUTGOING_BUDGET = 128 << 10,
	PIECE_MAX = 64 << 10,
	HOUR_MS = 3600000,
	FILE_MAX = 256 << 20
};

void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "scopes: %s: %s\n", what, bsync_result_text(result));
	abort();
}

void world_fail(struct world *world, const char *format, ...)
{
	va_list arguments;

	if (world->failure[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(world->failure, sizeof world->failure, format, arguments);
	va_end(arguments);
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

	*reading = (struct bsync_clock_reading){
		.wall_ms = device->world->now_ms + device->skew_ms,
		.uptime_ms = device->world->now_ms - WORLD_START_MS + HOUR_MS,
		.boot = 1 + device->number + device->boot * WORLD_DEVICES_MAX,
	};
}

/* --- Begin and end --- */

static struct nursery nursery;

/* What else a world begins with. */
static struct {
	uint32_t device_count;
	uint64_t random;
	int64_t now_ms;
} prepared;

void world_prepare(const struct nursery_plan *plan)
{
	nursery_clear(&nursery);
	nursery_make(&nursery, plan);
	prepared.device_count = plan->device_count;
	prepared.random = 17;
	prepared.now_ms = WORLD_START_MS;
}

void world_prepare_scopes(void)
{
	static const char *const roles[WORLD_DEVICES] = {[WORLD_BOSS] = "baas"};

	world_prepare(&(struct nursery_plan){.name = "scopes",
					     .roles = roles,
					     .schema = "tests/schemas/scopes",
					     .random = 1001,
					     .now_ms = WORLD_START_MS,
					     .device_count = WORLD_DEVICES});
}

static void file_write(const char *path, const struct bsync_buffer *bytes)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(bytes->data, 1, bytes->size, file) != bytes->size || fclose(file) != 0)
		abort();
}

/* Fills the world's folder, and gives its devices their names and keys. */
static void copy_nursery(struct world *world)
{
	world->store_key = nursery.store_key;
	file_write(world->store_path, &nursery.store);
	for (uint32_t i = 0; i < world->device_count; i++) {
		const struct seedling *seedling = &nursery.devices[i];
		struct world_device *device = &world->devices[i];

		device->id = seedling->id;
		device->worker = seedling->worker;
		device->public_key = bsync_buffer_bytes(&seedling->public_key);
		file_write(device->path, &seedling->file);
	}
}

void world_open(struct world *world)
{
	memset(world, 0, sizeof *world);
	world->random = prepared.random;
	world->now_ms = prepared.now_ms;
	world->budget = OUTGOING_BUDGET;
	world->device_count = prepared.device_count;
	world->chance = (struct bsync_random){fill, world};
	snprintf(world->dir, sizeof world->dir, "%s/buurtsync-scopes.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(world->dir) == NULL)
		abort();
	snprintf(world->store_path, sizeof world->store_path, "%.150s/store.db", world->dir);
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct world_device *device = &world->devices[i];

		device->world = world;
		device->number = i;
		device->surroundings = (struct bsync_surroundings){world->chance, read_clock, device};
		snprintf(device->path, sizeof device->path, "%.150s/device%u.db", world->dir, i);
	}
	copy_nursery(world);
	must(bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store), "open store");
	must(bsync_view_open(world->store_path, &world->store_key, &world->view), "view");
	desk_open(&world->desk, world->store, world->view);
	for (uint32_t i = 0; i < world->device_count; i++)
		must(bsync_file_open(world->devices[i].path, &world->devices[i].surroundings, &world->devices[i].file),
		     "open device file");
}

static void remove_file(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[WORLD_PATH_SIZE + 8];

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

/* Leaves the files, each whole in one. */
static void processes_end(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++)
		bsync_file_close(world->devices[i].file);
	desk_close(&world->desk);
	bsync_view_close(world->view);
	bsync_store_close(world->store);
}

static void folder_remove(struct world *world)
{
	char path[WORLD_PATH_SIZE];

	for (uint32_t i = 0; i < world->device_count; i++)
		remove_file(world->devices[i].path);
	remove_file(world->store_path);
	snprintf(path, sizeof path, "%.150s/store.lock", world->dir);
	unlink(path);
	rmdir(world->dir);
}

void world_close(struct world *world)
{
	processes_end(world);
	folder_remove(world);
}

static void file_read(const char *path, struct bsync_buffer *bytes)
{
	uint8_t piece[4096];
	size_t size;
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		abort();
	bsync_buffer_clear(bytes);
	bsync_buffer_init(bytes, FILE_MAX);
	while ((size = fread(piece, 1, sizeof piece, file)) > 0)
		must(bsync_buffer_append(bytes, piece, size), path);
	if (ferror(file) != 0 || fclose(file) != 0)
		abort();
}

void world_keep(struct world *world)
{
	processes_end(world);
	file_read(world->store_path, &nursery.store);
	for (uint32_t i = 0; i < world->device_count; i++)
		file_read(world->devices[i].path, &nursery.devices[i].file);
	prepared.random = world->random;
	prepared.now_ms = world->now_ms;
	folder_remove(world);
}

void device_run(struct world_device *device, const char *sql)
{
	enum bsync_result result = bsync_file_exec(device->file, sql);

	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "scopes: device %u: %s: %s (%s)\n", device->number, sql, bsync_result_text(result),
		bsync_file_error_text(device->file));
	abort();
}

/* --- The device's executor --- */

static void carry(struct world_device *device, const struct bsync_effects *effects);

static void note_answered(struct world_device *device, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	struct bsync_receipts receipts;

	bsync_arena_init(&arena, 4 << 20);
	must(bsync_receipts_decode(payload, &arena, &receipts), "receipts");
	if (receipts.first_seq + receipts.count - 1 > device->answered)
		device->answered = receipts.first_seq + receipts.count - 1;
	bsync_arena_clear(&arena);
}

static void outgoing(struct world_device *device, const struct bsync_effect *effect)
{
	struct bsync_buffer frames;
	struct bsync_effects next;

	must(device_outgoing(device->file, device->client, effect, device->world->budget, &frames, &next), "outgoing");
	carry(device, &next);
	bsync_buffer_clear(&frames);
}

static void carry(struct world_device *device, const struct bsync_effects *effects)
{
	for (uint32_t i = 0; i < effects->count && !device->is_over; i++) {
		const struct bsync_effect *effect = &effects->list[i];

		if (effect->kind == BSYNC_EFFECT_SEND) {
			must(bsync_buffer_append(&device->up, effect->bytes.data, effect->bytes.size), "wire");
		} else if (effect->kind == BSYNC_EFFECT_OUTGOING) {
			outgoing(device, effect);
			return;
		} else if (effect->kind == BSYNC_EFFECT_STORE) {
			enum bsync_result result = device_store(device->file, effect->message, effect->bytes);

			if (effect->message == BSYNC_MESSAGE_RECEIPTS)
				note_answered(device, effect->bytes);
			device->is_over = result != BSYNC_OK;
			if (device->is_over)
				world_fail(device->world, "device %u cannot store %s: %s (%s)", device->number,
					   bsync_message_name(effect->message), bsync_result_name(result),
					   bsync_file_error_text(device->file));
		} else if (effect->kind == BSYNC_EFFECT_CLOSE) {
			world_fail(device->world, "device %u ends the conversation: %s", device->number,
				   bsync_result_name(effect->result));
			device->is_over = true;
		}
	}
}

/* --- The wire --- */

static void wire_connect(struct world_device *device)
{
	struct bsync_arena arena;
	struct bsync_hello hello;
	struct bsync_effects effects;
	uint32_t known_epoch = 0;

	bsync_buffer_init(&device->up, OUTGOING_MAX);
	bsync_buffer_init(&device->down, OUTGOING_MAX);
	bsync_frame_reader_init(&device->up_reader);
	bsync_frame_reader_init(&device->down_reader);
	device->is_over = false;
	must(bsync_session_client_new(&device->client), "session");
	server_accept(device);
	bsync_arena_init(&arena, 1 << 20);
	must(bsync_file_hello(device->file, &arena, &hello, &known_epoch), "hello");
	bsync_session_client_connected(device->client, &hello, known_epoch, device->world->now_ms, &effects);
	carry(device, &effects);
	bsync_arena_clear(&arena);
}

static void wire_drop(struct world_device *device)
{
	bsync_session_client_free(device->client);
	device->client = NULL;
	server_drop(device);
	bsync_file_pull_cut(device->file);
	bsync_buffer_clear(&device->up);
	bsync_buffer_clear(&device->down);
	bsync_frame_reader_clear(&device->up_reader);
	bsync_frame_reader_clear(&device->down_reader);
}

/* Delivers what is on the wire in one direction, at most `*left` bytes. */
static void wire_deliver(struct world_device *device, bool is_up, size_t *left)
{
	struct bsync_buffer *wire = is_up ? &device->up : &device->down;
	struct bsync_frame_reader *reader = is_up ? &device->up_reader : &device->down_reader;
	struct bsync_bytes bytes = {wire->data, *left < wire->size ? *left : wire->size};
	struct bsync_frame frame;

	if (bytes.size > PIECE_MAX)
		bytes.size = PIECE_MAX;
	if (bytes.size == 0)
		return;
	must(bsync_frame_reader_feed(reader, bytes), "feed");
	*left -= bytes.size;
	bsync_buffer_consume(wire, bytes.size);
	while (!device->is_over && bsync_frame_reader_next(reader, &frame) == BSYNC_OK) {
		if (is_up) {
			server_frame(device, &frame);
		} else {
			struct bsync_effects effects;

			bsync_session_client_frame(device->client, &frame, device->world->now_ms, &effects);
			carry(device, &effects);
		}
	}
}

bool device_sync_cut(struct world_device *device, struct wire_limit limit)
{
	bool is_cut = false;

	wire_connect(device);
	while (!device->is_over && !is_cut && (device->up.size > 0 || device->down.size > 0)) {
		wire_deliver(device, true, &limit.up);
		wire_deliver(device, false, &limit.down);
		server_drained(device);
		is_cut = (limit.up == 0 && device->up.size > 0) || (limit.down == 0 && device->down.size > 0);
	}
	wire_drop(device);
	return is_cut;
}

void device_sync(struct world_device *device)
{
	device->world->now_ms += 1000;
	device_sync_cut(device, (struct wire_limit){SIZE_MAX, SIZE_MAX});
}
