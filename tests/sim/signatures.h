/* signatures.h: which worlds sign as devices do. */
#ifndef BSYNC_TESTS_SIM_SIGNATURES_H
#define BSYNC_TESTS_SIM_SIGNATURES_H

#include <stdbool.h>

/* From now on.  What lasts longer than a few worlds, as the nursery does, must be true: of the others only the last
 * thousands are known. */
void signatures_be_true(bool shall_be);

#endif
