#include "tests/sim/disk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sim/ask.h"
#include "tests/sim/causal.h"
#include "tests/sim/confine.h"
#include "tests/sim/images.h"
#include "tests/sim/markers.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/server.h"
#include "tests/sim/writes.h"
#include "tests/support/dutch.h"

enum { UNSURE_MAX = 8, STARTS_MAX = 4, FULL_STEPS = 12 };

/* How a process ends. */
enum ending { END_CLOSE, END_KILL, END_POWER };

/* What a COMMIT that failed would have saved. */
static struct {
	uint32_t count;
	struct ledger_entry entries[UNSURE_MAX];
} unsure[WORLD_DEVICES_MAX];

/* --- Begin and end --- */

static char folder[WORLD_PATH_SIZE];

static void folder_remove(void)
{
	char path[WORLD_PATH_SIZE + 20];
	snprintf(path, sizeof path, "%s/daemon/store.lock", folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/daemon", folder);
	rmdir(path);
	rmdir(folder);
}

/* The store's lock is a real file, so the daemon's folder is a real one. */
static void folder_make(void)
{
	char path[WORLD_PATH_SIZE + 20];
	if (folder[0] != '\0')
		return;
	snprintf(folder, sizeof folder, "%s/buurtsync-sim.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(folder) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/daemon", folder);
	if (mkdir(path, 0700) != 0 || atexit(folder_remove) != 0)
		abort();
}

void disk_begin(struct world_device *device)
{
	char path[WORLD_PATH_SIZE];
	snprintf(path, sizeof path, "%.150s/%u", folder, device->number);
	snprintf(device->path, sizeof device->path, "%.150s/%u/device.db", folder, device->number);
	device->disk = fault_disk_new(path);
	unsure[device->number].count = 0;
}

void disks_begin(struct world *world)
{
	char path[WORLD_PATH_SIZE];
	folder_make();
	fault_vfs_register();
	fault_vfs_seed(world->seed, world->now_ms);
	memset(unsure, 0, sizeof unsure);
	snprintf(path, sizeof path, "%.150s/daemon", folder);
	snprintf(world->store_path, sizeof world->store_path, "%.150s/daemon/store.db", folder);
	world->disk = fault_disk_new(path);
	for (uint32_t i = 0; i < world->device_count; i++)
		disk_begin(&world->devices[i]);
}

void disks_end(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++)
		fault_disk_free(world->devices[i].disk);
	fault_disk_free(world->disk);
}

void disks_pause(struct world *world, bool is_paused)
{
	for (uint32_t i = 0; i < world->device_count; i++)
		fault_disk_set_paused(world->devices[i].disk, is_paused);
	fault_disk_set_paused(world->disk, is_paused);
}

/* --- What a fault explains --- */

static bool is_of_storage(enum bsync_result result)
{
	return result == BSYNC_STORAGE || result == BSYNC_STORAGE_FULL || result == BSYNC_IO;
}

static bool explains(const struct world *world, const struct fault_disk *disk, enum bsync_result result)
{
	if (!is_of_storage(result))
		return false;
	if (result == BSYNC_STORAGE_FULL)
		probe(PROBE_DISK_FULL);
	return fault_disk_hits(disk) > 0 || fault_disk_is_down(disk) || world->steps <= world->full_until;
}

bool device_excuses(struct world_device *device, enum bsync_result result, const char *what)
{
	struct world *world = device->world;
	const char *text = bsync_file_error_text(device->file);
	if (explains(world, device->disk, result)) {
		device->failures++;
		world_trace(world, "device %u cannot %s: %s (%s)", device->number, what, bsync_result_name(result),
			    text);
		return true;
	}
	world_fail(world, "device %u cannot %s: %s (%s)", device->number, what, bsync_result_name(result), text);
	return false;
}

bool daemon_excuses(struct world *world, enum bsync_result result, const char *what)
{
	const char *text = bsync_store_error_text(world->store);
	if (explains(world, world->disk, result)) {
		world->failures++;
		world_trace(world, "the daemon cannot %s: %s (%s)", what, bsync_result_name(result), text);
		return true;
	}
	world_fail(world, "the daemon cannot %s: %s (%s)", what, bsync_result_name(result), text);
	return false;
}

bool device_is_down(const struct world_device *device)
{
	return fault_disk_is_down(device->disk);
}

bool daemon_is_down(const struct world *world)
{
	return fault_disk_is_down(world->disk);
}

/* --- What is saved --- */

uint64_t disk_last_seq(struct world_device *device)
{
	char seq[24] = "0";
	fault_disk_set_paused(device->disk, true);
	write_ask(device, "SELECT coalesce(max(seq), 0) FROM bsync_outbox", seq, sizeof seq);
	fault_disk_set_paused(device->disk, false);
	return strtoull(seq, NULL, 10);
}

void disk_saved(struct world_device *device)
{
	unsure[device->number].count = 0;
	/* The power can go after the commit, while the log is moved. */
	if (!device_is_down(device))
		device->saved_seq = disk_last_seq(device);
}

void disk_unsure(struct world_device *device, const struct ledger_entry *entries, uint32_t count)
{
	assert(count <= UNSURE_MAX);
	unsure[device->number].count = count;
	for (uint32_t i = 0; i < count; i++)
		unsure[device->number].entries[i] = entries[i];
}

bool disk_is_unsure(const struct world_device *device)
{
	return unsure[device->number].count != 0;
}

/* What the file has after a start, against what its user was told. */
static void device_check(struct world_device *device)
{
	struct world *world = device->world;
	uint64_t seq = disk_last_seq(device);
	uint32_t number = device->number;
	if (device->is_put_back)
		device->saved_seq = seq;
	device->is_put_back = false;
	if (seq < device->saved_seq)
		world_fail(world, "device %u lost changeset %llu, whose COMMIT had returned 0", number,
			   (unsigned long long)device->saved_seq);
	if (seq > device->saved_seq) {
		probe(PROBE_FAILED_STANDS);
		world_trace(world, "what device %u could not commit is there all the same", number);
		for (uint32_t i = 0; i < unsure[number].count; i++)
			ledger_commit(world, &unsure[number].entries[i]);
		images_committed(device, unsure[number].entries, unsure[number].count, seq);
		causal_committed(device, unsure[number].entries, unsure[number].count);
	}
	unsure[number].count = 0;
	device->saved_seq = seq;
}

/* Among the receipts of that seq, the one that the device was told of last. */
static void receipt_look(void *context, uint32_t count, const struct bsync_value *values)
{
	const struct bsync_digest **wanted = context;
	(void)count;
	if (*wanted != NULL && memcmp(values[0].as.bytes.data, (*wanted)->bytes, BSYNC_DIGEST_SIZE) == 0)
		*wanted = NULL;
}

static void server_check(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count; i++) {
		const struct world_device *device = &world->devices[i];
		const struct bsync_digest *wanted = &device->told_hash;
		if (device->told_seq == 0 || world->failure[0] != '\0')
			continue;
		server_ask(world, "SELECT hash FROM bsync_receipt WHERE seq = ?1", device->told_seq, receipt_look,
			   &wanted);
		if (wanted != NULL)
			world_fail(world,
				   "the daemon lost changeset %llu of device %u, for which it had given a receipt",
				   (unsigned long long)device->told_seq, i);
	}
}

/* --- Ends --- */

static struct fault_cut some_cut(struct world *world)
{
	static const enum fault_cut_kind kinds[] = {FAULT_CUT_DROP_ALL, FAULT_CUT_KEEP_ALL, FAULT_CUT_SUBSET,
						    FAULT_CUT_TORN,     FAULT_CUT_PREFIX,   FAULT_CUT_TORN_LAST};
	return (struct fault_cut){
		.kind = kinds[world_below(world, 6)],
		.seed = dutch_random(&world->random),
		.keep = world_below(world, 20),
	};
}

static void machine_end(struct world *world, struct fault_disk *disk, enum ending ending)
{
	struct fault_cut cut = some_cut(world);
	if (fault_disk_is_down(disk))
		return;
	if (ending == END_POWER) {
		probe(PROBE_POWER_CUT);
		fault_disk_cut(disk, &cut);
	} else if (ending == END_KILL) {
		probe(PROBE_KILLED);
		fault_disk_kill(disk);
	}
}

/* Lets a start itself meet a fault, now and then. */
static void start_plan(struct world *world, struct fault_disk *disk, uint32_t attempt)
{
	struct fault_plan plan = {
		.kind = world_below(world, 2) == 0 ? FAULT_POWER : FAULT_ERROR,
		.ops = FAULT_OPS_CHANGES | FAULT_OPS(FAULT_OP_READ),
		.skip = world_below(world, 40),
		.cut = some_cut(world),
	};
	fault_disk_boot(disk);
	/* What does not start on a full disk is helped in the end. */
	if (attempt + 1 == STARTS_MAX)
		fault_disk_set_room(disk, UINT64_MAX);
	fault_disk_plan(disk, attempt == 0 && world_below(world, 4) == 0 ? &plan : NULL);
}

/* A start failed: true when a fault did it, and the next attempt has a machine that is down or as it was. */
static bool start_failed(struct world *world, struct fault_disk *disk, enum bsync_result result, const char *who)
{
	bool is_explained = explains(world, disk, result);
	probe(PROBE_START_FAILED);
	world_trace(world, "%s does not start: %s", who, bsync_result_name(result));
	if (!is_explained)
		world_fail(world, "%s does not start: %s", who, bsync_result_name(result));
	return is_explained;
}

static void device_start_again(struct world_device *device)
{
	struct world *world = device->world;
	enum bsync_result result = BSYNC_STORAGE;
	char who[24];
	snprintf(who, sizeof who, "device %u", device->number);
	world->restarts++;
	for (uint32_t i = 0; i < STARTS_MAX && result != BSYNC_OK && world->failure[0] == '\0'; i++) {
		start_plan(world, device->disk, i);
		result = bsync_file_open(device->path, &device->surroundings, &device->file);
		if (result != BSYNC_OK && !start_failed(world, device->disk, result, who))
			return;
	}
	if (result != BSYNC_OK || device_is_down(device))
		return;
	if (fault_disk_hits(device->disk) > 0 || world->steps <= world->full_until)
		markers_failed(device);
	else
		markers_opened(device);
	fault_disk_plan(device->disk, NULL);
	/* What has come to its end goes when the file is opened. */
	causal_let_go(device);
	device_opened(device);
	if (world_below(world, 2) == 0) {
		device->boot = dutch_random(&world->random);
		device->boot_ms = world_true_ms(world);
	}
	device_check(device);
}

static void device_end(struct world_device *device, enum ending ending)
{
	struct world *world = device->world;
	static const char *const words[] = {"ends", "is killed", "loses power"};
	world_trace(world, "device %u %s", device->number, words[ending]);
	if (device->file != NULL && !device_is_down(device)) {
		fault_disk_set_paused(device->disk, true);
		confine_restart(device);
		fault_disk_set_paused(device->disk, false);
	}
	machine_end(world, device->disk, ending);
	device_cut(device);
	ask_forget_file(device->file);
	bsync_file_close(device->file);
	device->file = NULL;
	device->has_form = false;
	device->form[0] = '\0';
}

static void server_end(struct world *world, enum ending ending)
{
	static const char *const words[] = {"ends", "is killed", "loses power"};
	world_trace(world, "the daemon %s", words[ending]);
	machine_end(world, world->disk, ending);
	for (uint32_t i = 0; i < world->device_count; i++)
		device_cut(&world->devices[i]);
	server_close(world);
}

static void server_start_again(struct world *world)
{
	enum bsync_result result = BSYNC_STORAGE;
	world->restarts++;
	for (uint32_t i = 0; i < STARTS_MAX && result != BSYNC_OK && world->failure[0] == '\0'; i++) {
		start_plan(world, world->disk, i);
		result = bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store);
		if (result != BSYNC_OK && !start_failed(world, world->disk, result, "the daemon"))
			return;
	}
	if (result != BSYNC_OK || daemon_is_down(world))
		return;
	fault_disk_plan(world->disk, NULL);
	server_started(world);
	server_check(world);
}

void disk_put_back(struct world_device *device, const struct fault_image *image)
{
	device_end(device, END_CLOSE);
	fault_disk_restore(device->disk, image);
	device->is_put_back = true;
	device_start_again(device);
}

void server_stop(struct world *world)
{
	server_end(world, END_CLOSE);
	fault_disk_boot(world->disk);
}

void server_go(struct world *world)
{
	world->restarts++;
	fault_disk_plan(world->disk, NULL);
	fault_disk_set_room(world->disk, UINT64_MAX);
	fault_disk_set_paused(world->disk, true);
	if (bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store) != BSYNC_OK)
		world_fail(world, "the daemon does not start on the image");
	else
		restore_started(world);
	if (world->failure[0] == '\0')
		server_started(world);
	fault_disk_set_paused(world->disk, false);
}

static enum ending some_ending(struct world *world)
{
	static const enum ending endings[] = {END_CLOSE, END_KILL, END_POWER, END_POWER};
	return endings[world_below(world, 4)];
}

void device_restart(struct world_device *device)
{
	device_end(device, some_ending(device->world));
	device_start_again(device);
}

void server_restart(struct world *world)
{
	server_end(world, some_ending(world));
	server_start_again(world);
}

/* --- Faults --- */

static void plan_some(struct world *world, struct fault_disk *disk, const char *who)
{
	static const uint32_t ops[] = {FAULT_OPS(FAULT_OP_WRITE), FAULT_OPS(FAULT_OP_SYNC), FAULT_OPS(FAULT_OP_READ),
				       FAULT_OPS_CHANGES};
	static const enum fault_kind kinds[] = {FAULT_POWER, FAULT_POWER, FAULT_KILL, FAULT_ERROR,
						FAULT_ERROR, FAULT_ERROR, FAULT_FULL};
	static const char *const words[] = {"error", "full", "short", "power", "kill"};
	struct fault_plan plan = {
		.kind = kinds[world_below(world, 7)],
		.ops = ops[world_below(world, 4)],
		.skip = world_below(world, 12),
		.is_forever = world_below(world, 4) == 0,
		.unsynced = (enum fault_unsynced)world_below(world, 3),
		.cut = some_cut(world),
	};
	if (plan.kind == FAULT_FULL)
		plan.ops = FAULT_OPS(FAULT_OP_WRITE);
	world_trace(world, "%s: the disk will fail (%s, operations %x) after %u", who, words[plan.kind], plan.ops,
		    (unsigned)plan.skip);
	fault_disk_plan(disk, &plan);
}

void disk_trouble(struct world *world, struct world_device *device)
{
	bool is_daemon = world_below(world, 3) == 0;
	struct fault_disk *disk = is_daemon ? world->disk : device->disk;
	char who[24];
	snprintf(who, sizeof who, is_daemon ? "the daemon" : "device %u", device->number);
	if (!is_daemon && fault_disk_hits(disk) > 0)
		markers_failed(device);
	if (world_below(world, 5) > 0) {
		plan_some(world, disk, who);
		return;
	}
	uint32_t room = world_below(world, 3) == 0 ? 0 : world_below(world, 60000);
	world_trace(world, "%s: the disk is full after %u bytes", who, room);
	world->full_until = world->steps + FULL_STEPS;
	fault_disk_set_room(disk, room);
}

static void disk_mend(struct world *world, struct fault_disk *disk)
{
	if (world->steps >= world->full_until)
		fault_disk_set_room(disk, UINT64_MAX);
	if (fault_disk_hits(disk) == 0)
		return;
	probe(PROBE_DISK_FAILED);
	fault_disk_plan(disk, NULL);
}

/* True when the writer, after a fault that is over, says that it cannot go on. */
static bool is_broken(struct world *world)
{
	struct bsync_touched touched;
	if (bsync_store_group_begin(world->store) != BSYNC_OK)
		return true;
	if (bsync_store_group_commit(world->store, &touched) == BSYNC_OK)
		return false;
	bsync_store_group_rollback(world->store);
	return true;
}

void disks_settle(struct world *world)
{
	for (uint32_t i = 0; i < world->device_count && world->failure[0] == '\0'; i++) {
		struct world_device *device = &world->devices[i];
		bool has_failed = device->failures > 0;
		bool is_down = device_is_down(device);
		if (fault_disk_hits(device->disk) > 0 || world->steps <= world->full_until)
			markers_failed(device);
		disk_mend(world, device->disk);
		device->failures = 0;
		while (world->failure[0] == '\0' && (is_down || (has_failed && world_below(world, 3) == 0))) {
			device_end(device, some_ending(world));
			device_start_again(device);
			is_down = device_is_down(device);
			has_failed = false;
		}
	}
	if (world->failure[0] != '\0')
		return;
	bool has_failed = world->failures > 0;
	bool is_down = daemon_is_down(world);
	disk_mend(world, world->disk);
	world->failures = 0;
	bool must_start = is_down || (has_failed && (world_below(world, 3) == 0 || is_broken(world)));
	while (must_start && world->failure[0] == '\0') {
		server_end(world, some_ending(world));
		server_start_again(world);
		must_start = daemon_is_down(world);
	}
}
