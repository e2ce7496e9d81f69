/* orphans.h: rows that name one that is gone, unseen by who deleted it: which items of that must be open, as a question about
 * all writes and deletes (PROTOCOL 7.12). */
#ifndef BSYNC_TESTS_SIM_ORPHANS_H
#define BSYNC_TESTS_SIM_ORPHANS_H

#include "tests/sim/world.h"

#define ORPHAN_REASON "the row that this one names was deleted meanwhile"

/* Holds the open items of the store against the rows of the model. */
void orphans_look(struct world *world);

#endif
