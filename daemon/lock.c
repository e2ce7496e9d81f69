#include "daemon/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "daemon/disk.h"

enum bsync_result bsync_lock_take(const char *folder, int *lock)
{
	char path[BSYNC_PATH_SIZE];
	enum bsync_result result = bsync_disk_path(path, folder, "store.lock");
	int file;

	if (result != BSYNC_OK)
		return result;
	file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return errno == ENOENT || errno == ENOTDIR ? BSYNC_NOT_FOUND : BSYNC_IO;
	if (flock(file, LOCK_EX | LOCK_NB) != 0) {
		result = errno == EWOULDBLOCK ? BSYNC_BUSY : BSYNC_IO;
		close(file);
		return result;
	}
	*lock = file;
	return BSYNC_OK;
}

void bsync_lock_release(int lock)
{
	close(lock);
}
