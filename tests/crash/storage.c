/* storage.c: every operation on every disk fails in every way, the power goes at each, and a fault comes in the recovery. */
#include <stdio.h>

#include "tests/crash/points.h"
#include "tests/crash/run.h"

enum { ROUNDS = 4, SECOND_SPREAD = 7 };

static struct fault_disk *disk_of(struct crash_world *world, int disk)
{
	return disk == 0 ? world->disk : world->devices[disk - 1].disk;
}

static void clean(struct crash_runs *runs)
{
	struct crash_shared *shared = runs->shared;
	int done = 0;
	enum bsync_result result;

	for (int disk = 0; disk < CRASH_DISKS; disk++)
		fault_disk_count_reset(disk_of(&runs->world, disk));
	result = crash_run_steps(runs, &done);
	for (int disk = 0; disk < CRASH_DISKS; disk++) {
		struct fault_disk *counted = disk_of(&runs->world, disk);

		for (uint32_t op = 0; op < FAULT_OP_COUNT; op++)
			shared->operations[disk][op] = fault_disk_count(counted, FAULT_OPS(op));
		shared->changes[disk] = fault_disk_count(counted, FAULT_OPS_CHANGES);
	}
	if (result != BSYNC_OK)
		crash_fail(runs, "step %d of the clean run: %s", done, bsync_result_name(result));
	crash_run_end(runs, true);
}

/* Ends the process whose disk this is, and starts its machine again. */
static void restart(struct crash_world *world, int disk)
{
	if (disk == 0)
		crash_server_close(world);
	else
		crash_device_close(&world->devices[disk - 1]);
	if (fault_disk_is_down(disk_of(world, disk)))
		fault_disk_boot(disk_of(world, disk));
	fault_disk_plan(disk_of(world, disk), NULL);
}

/* Opens what is closed. */
static enum bsync_result reopen(struct crash_world *world)
{
	enum bsync_result result = world->store != NULL ? BSYNC_OK : crash_server_open(world);

	for (int i = 0; i < CRASH_DEVICES && result == BSYNC_OK; i++) {
		struct crash_device *device = &world->devices[i];
		size_t size;

		if (device->file == NULL && fault_disk_file(device->disk, device->path, &size) != NULL)
			result = crash_device_open(device);
	}
	return result;
}

/* SQLite's own verdict on the files. */
static void check_integrity(struct crash_runs *runs)
{
	for (int i = 0; i < CRASH_DEVICES; i++) {
		int64_t sound = 0;
		enum bsync_result result = BSYNC_OK;

		if (runs->world.devices[i].file != NULL)
			result = crash_ask(
				&runs->world.devices[i],
				"SELECT count(*) = 1 AND max(integrity_check) = 'ok' FROM pragma_integrity_check",
				&sound);
		if (runs->world.devices[i].file != NULL && (result != BSYNC_OK || sound != 1))
			crash_fail(runs, "the file of device %d is damaged: %s", i, bsync_result_name(result));
	}
}

/* Opens what was closed and finishes the scenario; the second fault, where there is one, meets this. */
static void finish(struct crash_runs *runs, int done)
{
	struct crash_world *world = &runs->world;
	const struct crash_fault *fault = &runs->fault;
	enum bsync_result result = BSYNC_AGAIN;

	if (fault->has_second)
		fault_disk_plan(disk_of(world, fault->disk), &fault->second);
	for (int round = 0; round < ROUNDS && result != BSYNC_OK; round++) {
		world->is_repeated = true;
		result = reopen(world);
		if (result == BSYNC_OK)
			result = crash_run_steps(runs, &done);
		if (result != BSYNC_OK)
			restart(world, fault->disk);
	}
	fault_disk_plan(disk_of(world, fault->disk), NULL);
	if (fault_disk_is_down(disk_of(world, fault->disk))) {
		restart(world, fault->disk);
		result = reopen(world);
	}
	if (result != BSYNC_OK)
		crash_fail(runs, "step %d cannot be finished: %s", done, bsync_result_name(result));
}

static void after(struct crash_runs *runs, int done, enum bsync_result result)
{
	struct crash_world *world = &runs->world;
	struct fault_disk *disk = disk_of(world, runs->fault.disk);

	if (fault_disk_is_down(disk))
		restart(world, runs->fault.disk);
	else
		fault_disk_plan(disk, NULL);
	if (result == BSYNC_OK)
		result = reopen(world);
	if (result != BSYNC_OK || runs->fault.has_second)
		finish(runs, done);
	if (runs->shared->failure[0] == '\0')
		check_integrity(runs);
	if (runs->shared->failure[0] == '\0')
		crash_run_end(runs, false);
}

/* --- All of them --- */

enum {
	WRITES = FAULT_OPS(FAULT_OP_WRITE),
	SYNCS = FAULT_OPS(FAULT_OP_SYNC),
	READS = FAULT_OPS(FAULT_OP_READ),
	TRUNCATES = FAULT_OPS(FAULT_OP_TRUNCATE) | FAULT_OPS(FAULT_OP_DELETE),
};

#define POWER(description, ...)                                          \
	{                                                                \
		.what = "power at change", .how = description, .plan = { \
			.kind = FAULT_POWER,                             \
			.ops = FAULT_OPS_CHANGES,                        \
			.cut = {__VA_ARGS__}                             \
		}                                                        \
	}

/* What a disk can do to an operation and live; and the power goes at any change, then all begins anew.  Where all is kept
 * it is as if the process had been killed. */
static const struct crash_fault faults[] = {
	{.what = "write", .how = "fails", .plan = {.kind = FAULT_ERROR, .ops = WRITES}},
	{.what = "write",
	 .how = "finds the disk full",
	 .plan = {.kind = FAULT_FULL, .ops = WRITES, .is_forever = true}},
	{.what = "sync",
	 .how = "fails",
	 .plan = {.kind = FAULT_ERROR, .ops = SYNCS, .unsynced = FAULT_UNSYNCED_FORGOT}},
	{.what = "read", .how = "fails", .plan = {.kind = FAULT_ERROR, .ops = READS}},
	{.what = "truncate", .how = "fails", .plan = {.kind = FAULT_ERROR, .ops = TRUNCATES}},
	POWER("loses what is unsynced", .kind = FAULT_CUT_DROP_ALL),
	POWER("keeps what is unsynced", .kind = FAULT_CUT_KEEP_ALL),
	POWER("tears the last write", .kind = FAULT_CUT_TORN_LAST, .keep = 1),
	POWER("keeps some", .kind = FAULT_CUT_SUBSET),
	{.what = "power at change",
	 .how = "keeps some sectors, and again",
	 .plan = {.kind = FAULT_POWER, .ops = FAULT_OPS_CHANGES, .cut = {.kind = FAULT_CUT_TORN}},
	 .has_second = true,
	 .second = {.kind = FAULT_POWER, .ops = FAULT_OPS_CHANGES, .cut = {.kind = FAULT_CUT_TORN}}},
};

static void at_operation(void *context, struct fault_disk *disk, enum fault_op op)
{
	static const char *const disk_names[CRASH_DISKS] = {"store's ", "device 0's ", "device 1's "};
	struct crash_runs *runs = context;

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		struct crash_fault fault = faults[i];

		fault.number = fault_disk_count(disk, fault.plan.ops);
		if ((fault.plan.ops & FAULT_OPS(op)) == 0 || fault.number < runs->first ||
		    (fault.number - runs->first) % runs->stride != 0)
			continue;
		while (disk_of(&runs->world, fault.disk) != disk)
			fault.disk++;
		fault.disk_name = disk_names[fault.disk];
		fault.plan.cut.seed = fault.number + 1;
		/* The second comes somewhere in the recovery, each time elsewhere. */
		fault.second.skip = fault.number % SECOND_SPREAD;
		fault.second.cut.seed = fault.number + 1000;
		if (crash_point(runs, &fault)) {
			fault_vfs_watch(NULL, NULL);
			fault_disk_plan(disk, &fault.plan);
			return;
		}
	}
}

static void all(struct crash_runs *runs)
{
	double begun = crash_seconds();
	uint64_t writes = 0, syncs = 0, reads = 0, changes = 0;

	if (!crash_run_clean(runs, clean))
		return;
	for (int disk = 0; disk < CRASH_DISKS; disk++) {
		writes += runs->shared->operations[disk][FAULT_OP_WRITE];
		syncs += runs->shared->operations[disk][FAULT_OP_SYNC];
		reads += runs->shared->operations[disk][FAULT_OP_READ];
		changes += runs->shared->changes[disk];
		fault_disk_count_reset(disk_of(&runs->world, disk));
	}
	fault_vfs_watch(at_operation, runs);
	crash_run_ahead(runs, after);
	fault_vfs_watch(NULL, NULL);
	printf("fault points: %s writes %llu syncs %llu reads %llu cuts %llu (%lu runs, %u bad, %.1f s)\n",
	       runs->scenario->name, (unsigned long long)writes, (unsigned long long)syncs, (unsigned long long)reads,
	       (unsigned long long)changes, runs->points, runs->failures, crash_seconds() - begun);
}

int crash_points_storage(const char *name)
{
	return crash_runs(name, all);
}
