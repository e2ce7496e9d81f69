/* restore.h: `buurtsyncctl restore`: puts a copy in the place of the store, as a new life of it (PROTOCOL 7.9).
 *
 * No daemon may run; what it did stays beside the store until the operator removes it. */
#ifndef BSYNC_DAEMON_RESTORE_H
#define BSYNC_DAEMON_RESTORE_H

#include "daemon/keyring.h"

/* `words`: FILE [--accept] [--wait 14d].  Prints what it did, or what it would do; returns the exit code. */
int bsync_restore(const char *folder, const struct bsync_keyring_source *source, int count, const char **words);

#endif
