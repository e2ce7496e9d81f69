#include "tests/sim/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ask.h"
#include "tests/sim/causal.h"
#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"
#include "tests/sim/server.h"
#include "tests/sim/watch.h"

enum { IMAGES_ONE_OF = 4, RECORDS_MAX = 20000, ASIDE_MAX = 5000, ARENA_MAX = 1 << 20 };

/* What a device has committed, as long as its file has it. */
struct record {
	uint32_t device;
	uint64_t seq;
	struct ledger_entry entry;
};

static struct {
	struct fault_image *images[WORLD_DEVICES_MAX];
	uint64_t seqs[WORLD_DEVICES_MAX]; /* the last in each image */
	uint32_t record_count;
	struct record records[RECORDS_MAX];
} saved;

/* What is set aside on forks. */
static struct {
	uint32_t count;
	struct bsync_dot list[ASIDE_MAX];
} aside;

void images_begin(void)
{
	images_end();
	saved.record_count = 0;
}

void images_end(void)
{
	for (uint32_t i = 0; i < WORLD_DEVICES_MAX; i++) {
		fault_image_free(saved.images[i]);
		saved.images[i] = NULL;
	}
}

bool images_are_made(const struct world *world)
{
	return world->seed % IMAGES_ONE_OF == 1;
}

void images_committed(const struct world_device *device, const struct ledger_entry *entries, uint32_t count,
		      uint64_t seq)
{
	if (!images_are_made(device->world))
		return;
	for (uint32_t i = 0; i < count; i++)
		saved.records[model_next(&saved.record_count, RECORDS_MAX)] = (struct record){device->number, seq,
											      entries[i]};
}

/* --- Devices --- */

static void hash_row(void *context, uint32_t count, const struct bsync_value *values)
{
	(void)count;
	memcpy(context, values[0].as.bytes.data, BSYNC_DIGEST_SIZE);
}

/* True when the store has changeset `seq` of the device. */
static bool is_handed_in(struct world_device *device, uint64_t seq)
{
	struct bsync_digest hash = {{0}};
	(void)!ask_file(device->file, "SELECT hash FROM bsync_outbox WHERE seq = ?1", seq, hash_row, &hash);
	return model_find_hash(&device->id, &hash) != NULL;
}

/* What is on this disk only goes with it. */
static void forget_behind(struct world_device *device, uint64_t seq)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < saved.record_count; i++) {
		const struct record *record = &saved.records[i];
		if (record->device != device->number || record->seq <= seq) {
			saved.records[kept++] = *record;
		} else if (!is_handed_in(device, record->seq)) {
			ledger_forget(&record->entry);
			probe(PROBE_WORK_WENT);
		}
	}
	saved.record_count = kept;
}

static void save(struct world_device *device)
{
	uint32_t number = device->number;
	world_trace(device->world, "device %u: an image is saved", number);
	fault_image_free(saved.images[number]);
	saved.images[number] = fault_disk_image(device->disk);
	saved.seqs[number] = disk_last_seq(device);
}

static void put_back(struct world_device *device)
{
	/* What the ledger knows is what the file has. */
	device_restart(device);
	if (device->world->failure[0] != '\0' || device_is_down(device))
		return;
	world_trace(device->world, "device %u: the image with %llu changesets is put back, over one with %llu",
		    device->number, (unsigned long long)saved.seqs[device->number],
		    (unsigned long long)device->saved_seq);
	fault_disk_set_paused(device->disk, true);
	forget_behind(device, saved.seqs[device->number]);
	fault_disk_set_paused(device->disk, false);
	disk_put_back(device, saved.images[device->number]);
	causal_rewound(device);
}

static void clone(struct world_device *device)
{
	/* What could not be committed may be in the log, and then the copy has it. */
	if (disk_is_unsure(device))
		device_restart(device);
	if (device->world->failure[0] != '\0' || device_is_down(device))
		return;
	struct world_device *copy = world_clone(device);
	if (copy == NULL)
		return;
	world_trace(device->world, "device %u is a copy of device %u", copy->number, device->number);
	causal_rewound(copy);
}

/* --- The operator --- */

static bool aside_row(void *context, const struct bsync_quarantine_row *row)
{
	(void)context;
	if (row->is_fork)
		aside.list[model_next(&aside.count, ASIDE_MAX)] = (struct bsync_dot){row->device, row->line, row->seq};
	return true;
}

static void must(const struct world *world, enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "sim: seed %llu: the operator: %s: %s (%s)\n", (unsigned long long)world->seed, what,
		bsync_result_text(result), bsync_store_error_text(world->store));
	abort();
}

static void release(struct world *world, const struct bsync_dot *dot)
{
	struct bsync_touched touched = {0};
	enum bsync_verdict verdict = BSYNC_VERDICT_APPLIED;
	struct model_set *set = model_find(dot);
	/* It is not any more, when somebody was told of the one before. */
	fault_disk_set_paused(world->disk, true);
	if (set != NULL)
		set->is_released = true;
	must(world, bsync_store_group_begin(world->store), "begin");
	enum bsync_result result = bsync_store_quarantine_retry(world->store, &dot->device, &dot->line, dot->seq,
								world->now_ms, &verdict);
	/* An earlier one may have taken it along. */
	must(world, result == BSYNC_NOT_FOUND ? BSYNC_OK : result, "release");
	must(world, bsync_store_group_commit(world->store, &touched), "commit");
	probe(PROBE_FORK_RELEASED);
	world_trace(world, "the operator releases changeset %llu of a copy: %s", (unsigned long long)dot->seq,
		    bsync_verdict_name(verdict));
	watch_settle();
	server_tell(world, &touched);
}

static void resume(struct world *world, const struct world_device *device)
{
	struct bsync_touched touched = {0};
	struct bsync_device row;
	fault_disk_set_paused(world->disk, true);
	must(world, bsync_view_device(server_view(world), &device->id, &row), "device");
	if (row.state != BSYNC_DEVICE_SUSPENDED)
		return;
	world_trace(world, "the operator resumes device %u", device->number);
	must(world, bsync_store_group_begin(world->store), "begin");
	must(world, bsync_store_device_set_state(world->store, &device->id, BSYNC_DEVICE_ACTIVE, world->now_ms),
	     "resume");
	must(world, bsync_store_group_commit(world->store, &touched), "commit");
	server_tell(world, &touched);
}

void images_release(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++)
		resume(world, &world->devices[i]);
	aside.count = 0;
	fault_disk_set_paused(world->disk, true);
	must(world, bsync_view_quarantine(server_view(world), aside_row, NULL), "quarantine");
	for (uint32_t i = 0; i < aside.count && world->failure[0] == '\0'; i++)
		release(world, &aside.list[i]);
	fault_disk_set_paused(world->disk, false);
}

bool images_is_stray(struct world_device *device)
{
	struct world *world = device->world;
	struct bsync_hello hello;
	struct bsync_arena arena;
	struct bsync_line_state line = {0};
	uint32_t known_epoch = 0;
	if (!images_are_made(world))
		return false;
	bsync_arena_init(&arena, ARENA_MAX);
	must(world, bsync_file_hello(device->file, &arena, &hello, &known_epoch), "hello");
	must(world, bsync_view_meet(server_view(world), &device->id, &hello, &line), "line");
	bsync_arena_clear(&arena);
	return line.is_hand_in;
}

void images_act(struct world_device *device)
{
	struct world *world = device->world;
	uint32_t choice = world_below(world, 10);
	if (device_is_down(device) || daemon_is_down(world))
		return;
	if (choice < 4)
		images_release(world);
	else if (choice < 6 || saved.images[device->number] == NULL)
		save(device);
	else if (choice < 9)
		put_back(device);
	else
		clone(device);
}
