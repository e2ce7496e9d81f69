/* run.h: what the two kinds of fault share: copies of a prepared process, and how a run ends. */
#ifndef BSYNC_TESTS_CRASH_RUN_H
#define BSYNC_TESTS_CRASH_RUN_H

#include <stdarg.h>

#include "tests/crash/scenario.h"

enum { CRASH_ALLOCATIONS_MAX = 1 << 18, CRASH_END_MAX = 1 << 18, CRASH_COPY_SECONDS = 30, CRASH_FAILURE_SIZE = 600 };

/* One fault: `how` of number `number` of `what`. */
struct crash_fault {
	const char *what, *how;
	uint64_t number;
	bool is_forever;
	/* Of a disk. */
	int disk;
	struct fault_plan plan;
	bool has_second;
	struct fault_plan second; /* once the first is over */
};

/* Memory that a process and its copies share. */
struct crash_shared {
	char failure[CRASH_FAILURE_SIZE]; /* of the last copy; empty: none */
	char step[140];
	bool is_missed;          /* the last copy ended before its fault came */
	char end[CRASH_END_MAX]; /* of the clean run */
	size_t end_size;
	int64_t live; /* allocations that the clean run leaves */
	uint64_t allocations;
	uint32_t calls[CRASH_ALLOCATIONS_MAX]; /* fault_alloc_record */
	uint64_t operations[CRASH_DISKS][FAULT_OP_COUNT], changes[CRASH_DISKS];
	uint64_t seen; /* of the last copy: what its plan counted */
};

struct crash_runs {
	const struct crash_scenario *scenario;
	struct crash_world world;
	struct crash_shared *shared;
	unsigned long stride, first, failures_shown, points;
	unsigned failures;
};

typedef void crash_copy(struct crash_runs *runs, const struct crash_fault *fault);

double crash_seconds(void);
/* Prepares the scenario in a process of its own and calls `all` there; how many points failed. */
int crash_runs(const char *name, void (*all)(struct crash_runs *runs));
/* Runs `copy` in a copy of this process; false when it failed, with the reason in shared->failure. */
bool crash_run_copy(struct crash_runs *runs, crash_copy *copy, const struct crash_fault *fault);
/* The same for one point, counted and reported. */
void crash_run_point(struct crash_runs *runs, crash_copy *copy, const struct crash_fault *fault);
/* In a copy: notes the first failure. */
void crash_fail(struct crash_runs *runs, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In a copy: the fault did not come, for the run had only `count` operations; it is tried again. */
void crash_miss(struct crash_runs *runs, uint64_t count);
/* In a copy: runs the steps from `*done` on until one fails. */
BSYNC_CHECKED enum bsync_result crash_run_steps(struct crash_runs *runs, int *done);
/* In a copy: compares the end with the clean run's, or keeps it, closes everything and looks for leaks. */
void crash_run_end(struct crash_runs *runs, bool is_clean);

#endif
