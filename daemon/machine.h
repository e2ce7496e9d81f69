/* machine.h: the clock and the randomness of the system, for everything the daemon runs. */
#ifndef BSYNC_DAEMON_MACHINE_H
#define BSYNC_DAEMON_MACHINE_H

#include "core/keys.h"

/* Milliseconds since 1970. */
int64_t bsync_machine_now_ms(void);
/* Milliseconds that only go up, for deadlines. */
int64_t bsync_machine_uptime_ms(void);
/* The kernel's randomness; from any thread. */
const struct bsync_random *bsync_machine_random(void);
/* Bytes of memory this process holds now; 0 when the kernel does not say. */
uint64_t bsync_machine_memory(void);

#endif
