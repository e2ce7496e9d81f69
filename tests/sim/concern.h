/* concern.h: once everybody is quiet, all say the same of whom an inbox item concerns, and it is somebody. */
#ifndef BSYNC_TESTS_SIM_CONCERN_H
#define BSYNC_TESTS_SIM_CONCERN_H

#include "tests/sim/world.h"

void same_concern(struct world *world);

#endif
