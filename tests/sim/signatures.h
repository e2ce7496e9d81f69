/* signatures.h: which worlds sign as devices do. */
#ifndef BSYNC_TESTS_SIM_SIGNATURES_H
#define BSYNC_TESTS_SIM_SIGNATURES_H

#include <stdint.h>

/* A new world. */
void signatures_begin(uint64_t seed);

#endif
