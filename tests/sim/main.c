/* sim: runs worlds.  `sim --seeds N [--from S]` runs many, one in a hundred twice, in as many processes as there are
 * processors (`--jobs J`: in J), and prints the first seed that fails, or how often each rare state was met; `--probes` says
 * that each must have been.  `sim --seed S` runs one with its trace and prints the sum of it.  Exit status 0 only if all
 * pass. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tls.h"
#include "tests/sim/causal.h"
#include "tests/sim/disk.h"
#include "tests/sim/images.h"
#include "tests/sim/operator.h"
#include "tests/sim/probe.h"
#include "tests/sim/restore.h"
#include "tests/sim/seeds.h"
#include "tests/sim/server.h"
#include "tests/sim/trace.h"
#include "tests/sim/world.h"
#include "tests/sim/writes.h"
#include "tests/support/process.h"

enum { STEPS = 150, QUIET_ROUNDS = 12, TWICE_ONE_OF = 100, LOOKS = 2 };

/* Faults stop: everybody connects and syncs until nothing moves. */
static void quieten(struct world *world)
{
	for (int round = 0; round < QUIET_ROUNDS && world->failure[0] == '\0'; round++) {
		if (round == QUIET_ROUNDS / 2)
			restore_finish(world);
		for (uint32_t i = 0; i < world->device_count; i++) {
			struct world_device *device = &world->devices[i];
			world->now_ms += 1000;
			if (device->is_broken)
				device_cut(device);
			device_forms_end(device);
			device_connect(device);
			device_settle(device);
		}
	}
}

/* Everybody may see everything again, and every list is founded: what waits can go where it belongs. */
static void last_words(struct world *world)
{
	operator_gather(world);
	for (uint32_t i = 0; i < 3 * world->device_count && world->failure[0] == '\0'; i++) {
		struct world_device *device = &world->devices[i / 3];
		char sql[200];
		disks_settle(world);
		if (images_is_stray(device))
			continue;
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
	for (int i = 0; i < LOOKS && images_are_made(world) && world->failure[0] == '\0'; i++) {
		images_release(world);
		/* Who may hand in again says its last words too. */
		last_words(world);
		quieten(world);
	}
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

/* One in a hundred is run twice. */
static void run_one(uint64_t seed, struct world *world)
{
	if (run(seed, false, world) && seed % TWICE_ONE_OF == 0 && !same_again(seed, world))
		world_fail(world, "it goes another way when it is run again");
}

static int many(const struct seeds *seeds, bool wants_probes)
{
	static struct seeds_sum sum;
	char failure[600] = "";
	int64_t began = clock_us();
	uint64_t failed = seeds_run(seeds, &sum, failure);
	if (failed != 0) {
		printf("seed %llu fails: %s\nits trace: ./do sim --seed %llu\n", (unsigned long long)failed, failure,
		       (unsigned long long)failed);
		return 1;
	}
	printf("%llu seeds, %llu devices, %llu device-days, %llu changesets, %llu cuts with bytes on the wire, %llu restarts, %.1f s\n",
	       (unsigned long long)seeds->count, (unsigned long long)sum.devices, (unsigned long long)sum.days,
	       (unsigned long long)sum.changesets, (unsigned long long)sum.cuts, (unsigned long long)sum.restarts,
	       (double)(clock_us() - began) / 1e6);
	bool are_met = probes_print(sum.probes);
	return wants_probes && !are_met ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct world world;
	uint64_t seed = 0;
	struct seeds seeds = {.from = 1, .jobs = seeds_jobs(), .run = run_one};
	bool wants_probes = argc > 1 && strcmp(argv[argc - 1], "--probes") == 0;
	argc -= wants_probes;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seeds") == 0)
			seeds.count = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--from") == 0)
			seeds.from = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--jobs") == 0)
			seeds.jobs = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		else
			argc = 0;
	}
	if (argc % 2 == 0 || (seed == 0) == (seeds.count == 0) || seeds.from == 0 || seeds.jobs == 0 ||
	    seeds.jobs > SEEDS_JOBS_MAX) {
		fprintf(stderr, "usage: sim --seeds N [--from S] [--jobs J] [--probes] | --seed S\n");
		return 2;
	}
	/* World after world takes the same memory: the kernel need not give it anew each time. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_TOP_PAD, 1 << 26);
	if (bsync_tls_library_init() != BSYNC_OK)
		return 1;
	if (seeds.count > 0)
		return many(&seeds, wants_probes);
	bool is_good = run(seed, true, &world);
	printf("seed %llu %s%s\nsum %016llx\n", (unsigned long long)seed, is_good ? "passes" : "fails: ", world.failure,
	       (unsigned long long)trace_sum());
	return is_good ? 0 : 1;
}
