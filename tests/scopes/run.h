/* run.h: many cases in one world, in the order of one schedule. */
#ifndef BSYNC_TESTS_SCOPES_RUN_H
#define BSYNC_TESTS_SCOPES_RUN_H

#include "tests/scopes/oracle.h"

/* Who syncs after which act, as "after the first|after the second|in the end", a digit a device. */
extern const char *const schedules[];
extern const uint32_t schedule_count;
extern const uint32_t schedule_count_torn; /* with those at the end in which syncs are cut */

/* How one case ended. */
struct outcome {
	uint64_t rows, items; /* hashes of what everybody shows */
	uint32_t sight;       /* who had seen what; where it is the same, so must be the outcome */
};

/* A transaction holds an act of so many cases. */
enum { BATCH = 40, BATCH_MAX = 64 };

/* Does what all the cases begin with, the same by each schedule. */
void run_begin(const struct small_case *cases, uint32_t count);
/* Goes on from there by one schedule; says on stdout which cases fail.  Returns how many. */
uint32_t run_schedule(const struct small_case *cases, uint32_t count, uint32_t schedule, uint32_t batch,
		      struct outcome *outcomes);
/* Runs some cases whose acts share transactions, telling what happened when `is_told`; false when the case
 * numbered `target` fails. */
bool run_few(const struct small_case cases[], uint32_t count, uint32_t target, uint32_t schedule, bool is_told);
/* Prints a case as SQL by device. */
void run_print(const struct small_case *c, uint32_t schedule);

#endif
