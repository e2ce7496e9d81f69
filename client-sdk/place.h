/* place.h: the directory of a device: its files, and the lock that says which process syncs.
 *
 *   device.db    the device's file (client-sdk/store)
 *   sync.lock    locked (flock) by the process that syncs; the system lets go when it ends
 *   agent.sock   where that process listens to the others (client-sdk/agent.h)
 */
#ifndef BSYNC_CLIENT_PLACE_H
#define BSYNC_CLIENT_PLACE_H

#include <stdbool.h>
#include <sys/un.h>

#include "core/result.h"

struct bsync_place {
	char *directory; /* absolute; owned, as are the others */
	char *file;
	char *lock;
	char *socket;
};

/* Finds the directory; BSYNC_NOT_FOUND when it is not there. */
BSYNC_CHECKED enum bsync_result bsync_place_init(struct bsync_place *place, const char *directory);
void bsync_place_clear(struct bsync_place *place);

/* Makes `directory`, and the ones above it, for its owner alone; an existing one is taken when nobody else can look into
 * it, or when it is empty and can be closed to others.  `*is_new` tells whether it was made.  BSYNC_IO with errno;
 * BSYNC_INVALID when others can look into it or it is no directory. */
BSYNC_CHECKED enum bsync_result bsync_place_make(const char *directory, bool *is_new);

/* The sync lock.  Opens its file, which the caller closes with bsync_place_lock_close; takes the lock, BSYNC_BUSY when
 * another has it; gives it back. */
BSYNC_CHECKED enum bsync_result bsync_place_lock_open(const struct bsync_place *place, int *fd);
BSYNC_CHECKED enum bsync_result bsync_place_lock_take(int fd);
void bsync_place_lock_drop(int fd);
void bsync_place_lock_close(int fd);

/* The socket's address.  A path too long for one goes through `*directory_fd`, which the caller closes once the
 * address has been used; -1 when it is not needed. */
BSYNC_CHECKED enum bsync_result bsync_place_address(const struct bsync_place *place, struct sockaddr_un *address,
						    int *directory_fd);

#endif
