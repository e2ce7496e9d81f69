/* disk.h: whole small files: read with a cap, written once and durable, and the folders they are in. */
#ifndef BSYNC_DAEMON_DISK_H
#define BSYNC_DAEMON_DISK_H

#include "core/bytes.h"

enum { BSYNC_PATH_SIZE = 1024 };

/* Joins with a slash; BSYNC_TOO_LARGE when it does not fit. */
BSYNC_CHECKED enum bsync_result bsync_disk_path(char path[BSYNC_PATH_SIZE], const char *folder, const char *name);

/* Appends the content; BSYNC_NOT_FOUND, BSYNC_TOO_LARGE past the buffer's maximum, BSYNC_IO (errno says why). */
BSYNC_CHECKED enum bsync_result bsync_disk_read(const char *path, struct bsync_buffer *content);

/* Makes a file of mode 0600 that must not exist, durable with its name; BSYNC_EXISTS, BSYNC_STORAGE_FULL, BSYNC_IO.
 * Leaves nothing on failure. */
BSYNC_CHECKED enum bsync_result bsync_disk_create(const char *path, struct bsync_bytes content);

/* Makes a folder of mode 0700; BSYNC_EXISTS, BSYNC_NOT_FOUND (no parent), BSYNC_IO. */
BSYNC_CHECKED enum bsync_result bsync_disk_folder(const char *path);

/* Makes the names in a folder durable. */
BSYNC_CHECKED enum bsync_result bsync_disk_sync_folder(const char *path);

bool bsync_disk_exists(const char *path);
/* True for a folder without entries. */
bool bsync_disk_is_empty_folder(const char *path);

/* Removes a folder and everything in it, at most 4 levels deep; never follows a link. */
void bsync_disk_remove(const char *path);

#endif
