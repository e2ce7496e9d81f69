#include "client-sdk/place.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char *joined(const char *directory, const char *name)
{
	size_t size = strlen(directory) + strlen(name) + 2;
	char *path = malloc(size);
	if (path != NULL)
		snprintf(path, size, "%s/%s", directory, name);
	return path;
}

enum bsync_result bsync_place_init(struct bsync_place *place, const char *directory)
{
	assert(place != NULL && directory != NULL);
	memset(place, 0, sizeof *place);
	/* Absolute: the application may change its working directory later. */
	place->directory = realpath(directory, NULL);
	if (place->directory == NULL)
		return errno == ENOMEM ? BSYNC_NO_MEMORY : BSYNC_NOT_FOUND;
	place->file = joined(place->directory, "device.db");
	place->lock = joined(place->directory, "sync.lock");
	place->socket = joined(place->directory, "agent.sock");
	if (place->file != NULL && place->lock != NULL && place->socket != NULL)
		return BSYNC_OK;
	bsync_place_clear(place);
	return BSYNC_NO_MEMORY;
}

void bsync_place_clear(struct bsync_place *place)
{
	assert(place != NULL);
	free(place->directory);
	free(place->file);
	free(place->lock);
	free(place->socket);
	memset(place, 0, sizeof *place);
}

static bool is_empty(const char *directory)
{
	DIR *stream = opendir(directory);
	if (stream == NULL)
		return false;
	bool is_empty = true;
	struct dirent *entry;
	while (is_empty && (entry = readdir(stream)) != NULL)
		is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(stream);
	return is_empty;
}

static enum bsync_result take_existing(const char *directory)
{
	struct stat found;
	if (stat(directory, &found) != 0)
		return BSYNC_IO;
	if (!S_ISDIR(found.st_mode))
		return BSYNC_INVALID;
	if ((found.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return BSYNC_OK;
	if (!is_empty(directory))
		return BSYNC_INVALID;
	return chmod(directory, S_IRWXU) == 0 ? BSYNC_OK : BSYNC_IO;
}

enum bsync_result bsync_place_make(const char *directory, bool *is_new)
{
	assert(directory != NULL && is_new != NULL);
	*is_new = false;
	char *path = strdup(directory);
	if (path == NULL)
		return BSYNC_NO_MEMORY;
	enum bsync_result result = BSYNC_OK;
	for (char *at = path + 1; path[0] != '\0' && *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
			result = BSYNC_IO;
		*at = '/';
	}
	if (result == BSYNC_OK && mkdir(path, S_IRWXU) == 0)
		*is_new = true;
	else if (result == BSYNC_OK)
		result = errno == EEXIST ? take_existing(path) : BSYNC_IO;
	free(path);
	return result;
}

enum bsync_result bsync_place_lock_open(const struct bsync_place *place, int *fd)
{
	assert(place != NULL && fd != NULL);
	int lock = open(place->lock, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (lock < 0)
		return errno == ENOSPC ? BSYNC_STORAGE_FULL : BSYNC_STORAGE;
	*fd = lock;
	return BSYNC_OK;
}

enum bsync_result bsync_place_lock_take(int fd)
{
	assert(fd >= 0);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return BSYNC_OK;
	return errno == EWOULDBLOCK || errno == EINTR ? BSYNC_BUSY : BSYNC_STORAGE;
}

void bsync_place_lock_drop(int fd)
{
	/* Explicitly: a forked child may share the descriptor, and would go on holding the lock. */
	flock(fd, LOCK_UN);
}

void bsync_place_lock_close(int fd)
{
	bsync_place_lock_drop(fd);
	close(fd);
}

enum bsync_result bsync_place_address(const struct bsync_place *place, struct sockaddr_un *address, int *directory_fd)
{
	assert(place != NULL && address != NULL && directory_fd != NULL);
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	*directory_fd = -1;
	if (strlen(place->socket) < sizeof address->sun_path) {
		memcpy(address->sun_path, place->socket, strlen(place->socket) + 1);
		return BSYNC_OK;
	}
	*directory_fd = open(place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*directory_fd < 0)
		return BSYNC_IO;
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/agent.sock", *directory_fd);
	return BSYNC_OK;
}
