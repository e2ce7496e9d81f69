/* surroundings.h: the clocks and the randomness of the machine we really run on. */
#ifndef BSYNC_CLIENT_SURROUNDINGS_H
#define BSYNC_CLIENT_SURROUNDINGS_H

#include "client-sdk/store/device.h"

/* Wall clock, time since boot with sleep, boot id; getrandom.  May be used from any thread. */
struct bsync_surroundings bsync_surroundings_of_system(void);

/* Milliseconds of a clock that never jumps: for deadlines. */
int64_t bsync_steady_ms(void);

#endif
