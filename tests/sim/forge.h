/* forge.h: what a device would hand in that was copied, put back from an old image, or is broken: the store must refuse it
 * (PROTOCOL 8.7), and what it has already must have no effect a second time. */
#ifndef BSYNC_TESTS_SIM_FORGE_H
#define BSYNC_TESTS_SIM_FORGE_H

#include "tests/sim/world.h"

/* The store has just taken the batch and said so in `receipts`.  Now and then hands in a forged sequel and undoes it. */
void forge_try(struct world_device *device, const struct bsync_batch *batch, const struct bsync_receipts *receipts,
	       struct bsync_arena *arena);

#endif
