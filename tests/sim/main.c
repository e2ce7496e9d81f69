/* sim: runs worlds.  `sim --seeds N [--from S]` runs many and prints the first seed that fails; `sim --seed S` runs one
 * with its trace.  Exit status 0 only if all pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tls.h"
#include "tests/sim/world.h"
#include "tests/support/process.h"

enum { STEPS = 150, QUIET_ROUNDS = 12 };

/* Faults stop: everybody connects and syncs until nothing moves. */
static void quieten(struct world *world)
{
	for (int round = 0; round < QUIET_ROUNDS && world->failure[0] == '\0'; round++) {
		for (uint32_t i = 0; i < world->device_count; i++) {
			struct world_device *device = &world->devices[i];
			world->now_ms += 1000;
			if (device->is_broken)
				device_cut(device);
			device_connect(device);
			device_settle(device);
		}
	}
}

static bool run(uint64_t seed, bool is_traced, struct world *world)
{
	world_start(world, seed, is_traced);
	for (int i = 0; i < STEPS && world->failure[0] == '\0'; i++)
		world_step(world);
	world_trace(world, "faults stop");
	if (world->failure[0] == '\0')
		quieten(world);
	if (world->failure[0] == '\0')
		world_check(world);
	bool is_good = world->failure[0] == '\0';
	world_end(world);
	return is_good;
}

static int many(uint64_t from, uint64_t count)
{
	static struct world world;
	uint64_t changesets = 0, cuts = 0, restarts = 0, devices = 0;
	int64_t began = clock_us(), days = 0;
	for (uint64_t seed = from; seed < from + count; seed++) {
		bool is_good = run(seed, false, &world);
		if (!is_good) {
			printf("seed %llu fails: %s\n", (unsigned long long)seed, world.failure);
			return 1;
		}
		changesets += world.changesets;
		cuts += world.cuts;
		restarts += world.restarts;
		devices += world.device_count;
		days += (world.now_ms - WORLD_START_MS) * world.device_count / 86400000;
		if ((seed - from + 1) % 500 == 0)
			fprintf(stderr, "sim: %llu seeds\n", (unsigned long long)(seed - from + 1));
	}
	printf("%llu seeds, %llu devices, %lld device-days, %llu changesets, %llu cuts with bytes on the wire, %llu restarts, %.1f s\n",
	       (unsigned long long)count, (unsigned long long)devices, (long long)days, (unsigned long long)changesets,
	       (unsigned long long)cuts, (unsigned long long)restarts, (double)(clock_us() - began) / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	static struct world world;
	uint64_t seed = 0, seeds = 0, from = 1;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seeds") == 0)
			seeds = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--from") == 0)
			from = strtoull(argv[i + 1], NULL, 10);
		else
			argc = 0;
	}
	if (argc % 2 == 0 || (seed == 0) == (seeds == 0)) {
		fprintf(stderr, "usage: sim --seeds N [--from S] | --seed S\n");
		return 2;
	}
	if (bsync_tls_library_init() != BSYNC_OK)
		return 1;
	if (seeds > 0)
		return many(from, seeds);
	bool is_good = run(seed, true, &world);
	printf("seed %llu %s%s\n", (unsigned long long)seed, is_good ? "passes" : "fails: ", world.failure);
	return is_good ? 0 : 1;
}
