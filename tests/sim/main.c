/* sim: runs worlds.  `sim --seeds N [--from S]` runs many, one in a hundred twice, and prints the first seed that fails and
 * how often each rare state was met; `--probes` says that each must have been.  `sim --seed S` runs one with its trace and
 * prints the sum of it.  Exit status 0 only if all pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tls.h"
#include "tests/sim/causal.h"
#include "tests/sim/probe.h"
#include "tests/sim/server.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"
#include "tests/sim/writes.h"
#include "tests/support/process.h"

enum { STEPS = 150, QUIET_ROUNDS = 12, TWICE_ONE_OF = 100 };

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

/* Everybody may see everything again, and every list is founded: what waits can go where it belongs. */
static void last_words(struct world *world)
{
	server_gather(world);
	for (uint32_t i = 0; i < 3 * world->device_count && world->failure[0] == '\0'; i++) {
		struct world_device *device = &world->devices[i / 3];
		char sql[200];
		snprintf(sql, sizeof sql,
			 "INSERT INTO lijst (naam, titel) VALUES ('L%u', 'tot slot') ON CONFLICT DO NOTHING", i % 3);
		write_run(device, sql);
		causal_committed(device, NULL, 0);
		if (device->client != NULL && !device->is_broken)
			device_committed(device);
	}
}

static bool run(uint64_t seed, bool is_traced, struct world *world)
{
	trace_sum_begin();
	world_start(world, seed, is_traced);
	for (int i = 0; i < STEPS && world->failure[0] == '\0'; i++)
		world_step(world);
	world_trace(world, "faults stop");
	world_calm(world);
	if (world->failure[0] == '\0')
		last_words(world);
	if (world->failure[0] == '\0')
		quieten(world);
	if (world->failure[0] == '\0')
		world_check(world);
	bool is_good = world->failure[0] == '\0';
	world_end(world);
	return is_good;
}

/* The same seed again must go the same way. */
static bool same_again(uint64_t seed, struct world *world)
{
	uint64_t sum = trace_sum();
	return run(seed, false, world) && trace_sum() == sum;
}

static int many(uint64_t from, uint64_t count, bool wants_probes)
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
		if (seed % TWICE_ONE_OF == 0 && !same_again(seed, &world)) {
			printf("seed %llu goes another way when it is run again\n", (unsigned long long)seed);
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
	bool are_met = probes_print();
	return wants_probes && !are_met ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct world world;
	uint64_t seed = 0, seeds = 0, from = 1;
	bool wants_probes = argc > 1 && strcmp(argv[argc - 1], "--probes") == 0;
	argc -= wants_probes;
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
		fprintf(stderr, "usage: sim --seeds N [--from S] [--probes] | --seed S\n");
		return 2;
	}
	if (bsync_tls_library_init() != BSYNC_OK)
		return 1;
	if (seeds > 0)
		return many(from, seeds, wants_probes);
	bool is_good = run(seed, true, &world);
	printf("seed %llu %s%s\nsum %016llx\n", (unsigned long long)seed, is_good ? "passes" : "fails: ", world.failure,
	       (unsigned long long)trace_sum());
	return is_good ? 0 : 1;
}
