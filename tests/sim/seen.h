/* seen.h: what a user has been shown, against what his edits take away: a base claims no more than his screen did. */
#ifndef BSYNC_TESTS_SIM_SEEN_H
#define BSYNC_TESTS_SIM_SEEN_H

#include "tests/sim/world.h"

/* A new world. */
void seen_begin(void);
/* Looks at the screen of a device: the texts of points, and the versions of those in conflict. */
void seen_look(struct world_device *device);
/* Of what the store has applied: no edit of a text replaced one of another line that its author had not seen before. */
void seen_check(struct world *world);

/* The store has nothing behind that position any more. */
void seen_restored(uint64_t point);

#endif
