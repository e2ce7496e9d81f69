/* lock.h: one process per store: a lock on `store.lock` that the kernel drops when its holder ends. */
#ifndef BSYNC_DAEMON_LOCK_H
#define BSYNC_DAEMON_LOCK_H

#include "core/result.h"

/* Takes the lock of `folder`; BSYNC_BUSY when another process has it, BSYNC_NOT_FOUND, BSYNC_IO.  `*lock` is a
 * descriptor; a child that inherits it must close it. */
BSYNC_CHECKED enum bsync_result bsync_lock_take(const char *folder, int *lock);
void bsync_lock_release(int lock);

#endif
