/* nursery.h: stores with enrolled devices, made once a process and copied for each seed. */
#ifndef BSYNC_TESTS_SIM_NURSERY_H
#define BSYNC_TESTS_SIM_NURSERY_H

#include "tests/sim/world.h"

/* Fills the world's folder with a store and the files of its devices, all closed; which ones hangs on the seed alone. */
void nursery_copy(struct world *world);
/* How high the role of that worker is; there are three. */
uint32_t nursery_role(uint32_t number);

#endif
