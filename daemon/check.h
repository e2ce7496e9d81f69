/* check.h: `buurtsyncd check`: is everything in the folder fit to run? */
#ifndef BSYNC_DAEMON_CHECK_H
#define BSYNC_DAEMON_CHECK_H

#include "daemon/keyring.h"

/* Prints `ok`, or a line for each finding, on stdout; returns the exit code.  Changes nothing, and may run beside a
 * daemon. */
int bsync_check(const char *folder, const struct bsync_keyring_source *source);

#endif
