/* compare.h: the store's tables against the model, fact by fact. */
#ifndef BSYNC_TESTS_SIM_COMPARE_H
#define BSYNC_TESTS_SIM_COMPARE_H

#include "tests/sim/world.h"

/* Everything that the store holds against everything that the model holds. */
void compare_store(struct world *world);

#endif
