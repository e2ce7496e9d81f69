/* notify.h: tells systemd how the daemon stands (sd_notify(3)); nothing where systemd does not ask. */
#ifndef BSYNC_DAEMON_NOTIFY_H
#define BSYNC_DAEMON_NOTIFY_H

#include <stdint.h>

/* Sends `state`, such as "READY=1" or "STOPPING=1". */
void bsync_notify(const char *state);
/* How often systemd wants "WATCHDOG=1", in milliseconds; 0: not at all. */
uint64_t bsync_notify_watchdog_ms(void);

#endif
