/* allocations.c: every allocation fails, alone and with all that follow.
 *
 * What SQLite and mbedtls make of a lack of memory inside one of their calls is their makers' test; here it counts what we
 * make of a call that fails.  So long scenarios are thinned by call, see is_point; BUURTSYNC_CRASH_WHOLE=1 leaves none out. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/crash/points.h"
#include "tests/crash/run.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/schemas.h"

enum { ROUNDS = 4, WHOLE_MAX = 1000, LONG_FROM = 10000 };

/* What a lack of memory may be called; anything else hides it.  BSYNC_AGAIN: the other side fell silent.
 * BSYNC_MALFORMED: mbedtls tries the forms of a private key in turn, and what it says of the last is all one hears. */
static bool is_clear(enum bsync_result result)
{
	return result == BSYNC_NO_MEMORY || result == BSYNC_OVERLOADED || result == BSYNC_AGAIN ||
	       result == BSYNC_MALFORMED;
}

static void clean(struct crash_runs *runs)
{
	int done = 0;
	enum bsync_result result;

	fault_alloc_record(runs->shared->calls, CRASH_ALLOCATIONS_MAX);
	fault_alloc_plan(UINT64_MAX, false);
	result = crash_run_steps(runs, &done);
	fault_alloc_record(NULL, 0);
	runs->shared->allocations = fault_alloc_count();
	if (result != BSYNC_OK)
		crash_fail(runs, "step %d of the clean run: %s", done, bsync_result_name(result));
	crash_run_end(runs, true);
}

/* Memory is back: the same processes go on. */
static void finish(struct crash_runs *runs, int done)
{
	enum bsync_result result = BSYNC_AGAIN;

	for (int round = 0; round < ROUNDS && result != BSYNC_OK; round++) {
		runs->world.is_repeated = true;
		result = crash_run_steps(runs, &done);
	}
	if (result != BSYNC_OK)
		crash_fail(runs, "step %d cannot be finished: %s", done, bsync_result_name(result));
}

static void after(struct crash_runs *runs, int done, enum bsync_result result)
{
	runs->world.is_strict = true;
	fault_alloc_stop();
	schemas_compile_anew(false);
	if (result != BSYNC_OK && !is_clear(result))
		crash_fail(runs, "step %d hides the lack of memory: %s", done, bsync_result_name(result));
	if (result != BSYNC_OK)
		finish(runs, done);
	if (runs->shared->failure[0] == '\0')
		crash_run_end(runs, false);
}

static bool is_whole(const struct crash_shared *shared)
{
	return shared->allocations <= WHOLE_MAX || getenv("BUURTSYNC_CRASH_WHOLE") != NULL;
}

static bool is_long(const struct crash_shared *shared)
{
	return !is_whole(shared) && shared->allocations > LONG_FROM;
}

/* Of the allocations in one call of SQLite or mbedtls the first and the last, in a long scenario the first; of our own all;
 * in a short scenario simply all. */
static bool is_point(const struct crash_shared *shared, uint64_t k)
{
	uint32_t call = shared->calls[k];

	if (is_whole(shared) || call == 0 || k == 0 || shared->calls[k - 1] != call)
		return true;
	return !is_long(shared) && (k + 1 == shared->allocations || shared->calls[k + 1] != call);
}

static enum fault_alloc_fate at_allocation(void *context, uint64_t number)
{
	struct crash_runs *runs = context;
	struct crash_fault fault = {.disk_name = "", .what = "allocation", .how = "once", .number = number};

	if (number < runs->first || !is_point(runs->shared, number) || runs->passed++ % runs->stride != 0)
		return FAULT_ALLOC_PASSES;
	if (crash_point(runs, &fault))
		return FAULT_ALLOC_FAILS;
	fault.how = "for ever";
	if (!is_long(runs->shared) && crash_point(runs, &fault))
		return FAULT_ALLOC_FAILS_FOR_EVER;
	return FAULT_ALLOC_PASSES;
}

static void all(struct crash_runs *runs)
{
	double begun = crash_seconds();

	/* What compiling takes may fail too. */
	schemas_compile_anew(true);
	if (!crash_run_clean(runs, clean))
		return;
	fault_alloc_plan(UINT64_MAX, false);
	fault_alloc_watch(at_allocation, runs);
	crash_run_ahead(runs, after);
	fault_alloc_watch(NULL, NULL);
	printf("fault points: %s allocations %llu failed %lu (%lu runs, %u bad, %.1f s)\n", runs->scenario->name,
	       (unsigned long long)runs->shared->allocations, runs->passed, runs->points, runs->failures,
	       crash_seconds() - begun);
}

int crash_points_allocations(const char *name)
{
	return crash_runs(name, all);
}
