/* scenario.h: what is done while faults come: small stories over the shipped code, each step of which may fail.
 *
 * A step that reports BSYNC_OK is done and never runs again.  One that failed runs again once the fault is over, with
 * `is_repeated` set: then what it did the first time may be there, or not, and it makes it so once. */
#ifndef BSYNC_TESTS_CRASH_SCENARIO_H
#define BSYNC_TESTS_CRASH_SCENARIO_H

#include "tests/crash/world.h"

typedef enum bsync_result crash_step(struct crash_world *world);

struct crash_scenario {
	const char *name;
	bool has_old_device;
	void (*prepare)(struct crash_world *world); /* without faults */
	crash_step *steps[CRASH_STEPS_MAX];         /* ended by NULL */
};

/* NULL when there is none of that name. */
const struct crash_scenario *crash_scenario(const char *name);

/* enrol.c */
void crash_enrol_prepare(struct crash_world *world);
enum bsync_result crash_enrol(struct crash_world *world);

/* reading.c */
enum bsync_result crash_read_device(struct crash_world *world);
enum bsync_result crash_read_store(struct crash_world *world);

#endif
