#include "daemon/disk.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_PIECE = 4096, REMOVE_DEPTH_MAX = 4 };

static enum bsync_result result_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return BSYNC_NOT_FOUND;
	case EEXIST:
		return BSYNC_EXISTS;
	case ENOSPC:
	case EDQUOT:
		return BSYNC_STORAGE_FULL;
	default:
		return BSYNC_IO;
	}
}

enum bsync_result bsync_disk_path(char path[BSYNC_PATH_SIZE], const char *folder, const char *name)
{
	int size = snprintf(path, BSYNC_PATH_SIZE, "%s/%s", folder, name);

	return size > 0 && size < BSYNC_PATH_SIZE ? BSYNC_OK : BSYNC_TOO_LARGE;
}

enum bsync_result bsync_disk_read(const char *path, struct bsync_buffer *content)
{
	enum bsync_result result = BSYNC_OK;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return result_of_errno();
	while (result == BSYNC_OK) {
		uint8_t piece[READ_PIECE];
		ssize_t got = read(file, piece, sizeof piece);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			result = BSYNC_IO;
		if (got <= 0)
			break;
		result = bsync_buffer_append(content, piece, (size_t)got);
		explicit_bzero(piece, sizeof piece);
	}
	close(file);
	return result;
}

static enum bsync_result write_all(int file, struct bsync_bytes content)
{
	while (content.size > 0) {
		ssize_t put = write(file, content.data, content.size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return result_of_errno();
		content.data += put;
		content.size -= (size_t)put;
	}
	return fsync(file) == 0 ? BSYNC_OK : result_of_errno();
}

enum bsync_result bsync_disk_create(const char *path, struct bsync_bytes content)
{
	char folder[BSYNC_PATH_SIZE];
	enum bsync_result result;
	char *slash;
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (file < 0)
		return result_of_errno();
	result = write_all(file, content);
	if (close(file) != 0 && result == BSYNC_OK)
		result = result_of_errno();
	if (result == BSYNC_OK) {
		if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder) {
			result = BSYNC_TOO_LARGE;
		} else {
			slash = strrchr(folder, '/');
			if (slash != NULL)
				slash[slash == folder ? 1 : 0] = '\0';
			result = bsync_disk_sync_folder(slash != NULL ? folder : ".");
		}
	}
	if (result != BSYNC_OK)
		unlink(path);
	return result;
}

enum bsync_result bsync_disk_folder(const char *path)
{
	return mkdir(path, 0700) == 0 ? BSYNC_OK : result_of_errno();
}

enum bsync_result bsync_disk_sync_folder(const char *path)
{
	enum bsync_result result;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return result_of_errno();
	result = fsync(folder) == 0 ? BSYNC_OK : BSYNC_IO;
	close(folder);
	return result;
}

bool bsync_disk_exists(const char *path)
{
	struct stat facts;

	return lstat(path, &facts) == 0;
}

bool bsync_disk_is_empty_folder(const char *path)
{
	const struct dirent *entry;
	bool is_empty = true;
	DIR *folder = opendir(path);

	if (folder == NULL)
		return false;
	while (is_empty && (entry = readdir(folder)) != NULL)
		is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(folder);
	return is_empty;
}

static void remove_entries(int folder, int depth)
{
	const struct dirent *entry;
	DIR *stream = fdopendir(folder);

	if (stream == NULL) {
		close(folder);
		return;
	}
	while ((entry = readdir(stream)) != NULL) {
		int child;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(stream), entry->d_name, 0) == 0 || depth >= REMOVE_DEPTH_MAX)
			continue;
		child = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			remove_entries(child, depth + 1);
		unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR);
	}
	closedir(stream);
}

void bsync_disk_remove(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	assert(strcmp(path, "/") != 0);
	if (folder < 0)
		return;
	remove_entries(folder, 1);
	rmdir(path);
}
