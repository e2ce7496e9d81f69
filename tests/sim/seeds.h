/* seeds.h: many seeds, shared out among processes.
 *
 * A seed goes the same way whatever process runs it, so the number of processes changes nothing but the time. */
#ifndef BSYNC_TESTS_SIM_SEEDS_H
#define BSYNC_TESTS_SIM_SEEDS_H

#include "tests/sim/probe.h"
#include "tests/sim/world.h"

enum { SEEDS_JOBS_MAX = 64 };

/* What many worlds add up to. */
struct seeds_sum {
	uint64_t changesets, cuts, restarts, devices, days;
	uint64_t probes[PROBE_COUNT];
};

struct seeds {
	uint64_t from, count;
	uint32_t jobs;
	/* Runs one seed in `world`; what goes wrong is in world->failure. */
	void (*run)(uint64_t seed, struct world *world);
};

/* Runs them all, or up to the first that fails, of which `failure` says what went wrong: 0, or its number. */
uint64_t seeds_run(const struct seeds *seeds, struct seeds_sum *sum, char failure[600]);
/* As many as there are processors. */
uint32_t seeds_jobs(void);

#endif
