/* run.h: what the two kinds of fault share: copies of a process at a point, and how a run ends. */
#ifndef BSYNC_TESTS_CRASH_RUN_H
#define BSYNC_TESTS_CRASH_RUN_H

#include <stdarg.h>

#include "tests/crash/scenario.h"

enum { CRASH_ALLOCATIONS_MAX = 1 << 18, CRASH_END_MAX = 1 << 18, CRASH_COPY_SECONDS = 30, CRASH_FAILURE_SIZE = 600 };

/* One fault: `how` of number `number` of `what`, on the disk of that name where it is one of a disk. */
struct crash_fault {
	const char *disk_name, *what, *how;
	uint64_t number;
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
	char end[CRASH_END_MAX]; /* of the clean run */
	size_t end_size;
	int64_t live; /* allocations that the clean run leaves */
	uint64_t allocations;
	uint32_t calls[CRASH_ALLOCATIONS_MAX]; /* fault_alloc_record */
	uint64_t operations[CRASH_DISKS][FAULT_OP_COUNT], changes[CRASH_DISKS];
};

struct crash_runs {
	const struct crash_scenario *scenario;
	struct crash_world world;
	struct crash_shared *shared;
	unsigned long stride, first, failures_shown, passed, points;
	unsigned failures;
	/* In the copy of a point: the fault that comes. */
	bool is_copy;
	struct crash_fault fault;
};

double crash_seconds(void);
/* Prepares the scenario in a process of its own and calls `all` there; how many points failed. */
int crash_runs(const char *name, void (*all)(struct crash_runs *runs));
/* Runs `clean` in a copy of this process; false, said on stdout, when it failed. */
bool crash_run_clean(struct crash_runs *runs, void (*clean)(struct crash_runs *runs));
/* Runs the steps in this process, which goes from point to point; whatever it does at one calls crash_point.  A copy
 * that came to its fault there ends in `after`, with the result of its first `done` steps and one more. */
void crash_run_ahead(struct crash_runs *runs,
		     void (*after)(struct crash_runs *runs, int done, enum bsync_result result));
/* The process that runs ahead has come to a point: true in a copy of it, to which `fault` is to come now; false in itself,
 * when that copy has ended and is counted and reported. */
bool crash_point(struct crash_runs *runs, const struct crash_fault *fault);
/* In a copy: notes the first failure. */
void crash_fail(struct crash_runs *runs, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In a copy: runs the steps from `*done` on until one fails. */
BSYNC_CHECKED enum bsync_result crash_run_steps(struct crash_runs *runs, int *done);
/* In a copy: compares the end with the clean run's, or keeps it, closes everything and looks for leaks. */
void crash_run_end(struct crash_runs *runs, bool is_clean);

#endif
