/* watch.h: holds what the shipped store does against the reference model. */
#ifndef BSYNC_TESTS_SIM_WATCH_H
#define BSYNC_TESTS_SIM_WATCH_H

#include "tests/sim/model.h"
#include "tests/sim/world.h"

/* The daemon opened these and hands them to its store. */
void watch_offer(const struct world_device *device, const struct bsync_batch *batch);
/* The store has committed, or was opened anew: the model applies what has a receipt there now, and says what it may be. */
void watch_settle(void);
/* The store says this to a device about changesets of a line: it must be what it said before. */
void watch_receipts(struct world_device *device, const struct bsync_receipts *receipts);
/* True when the device that made the one had made the other before, and had it still. */
bool watch_had(const struct model_set *set, const struct model_set *other);
/* Gives the model's changesets the places that they have in the store, which was put back. */
void watch_there(void);

#endif
