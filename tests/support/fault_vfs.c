#include "tests/support/fault_vfs.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "tests/support/fault_file.h"

/* What SQLite's VFS for Unix says of ordinary disks. */
enum { SECTOR_SIZE_SAID = 4096 };
/* Milliseconds from the Julian epoch to 1970. */
#define JULIAN_1970_MS INT64_C(210866760000000)

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *former;
	bool is_registered;
	int last_errno;
	uint64_t random;
	int64_t now_ms;
} fault;

static struct fault_handle *handle_of(sqlite3_file *file)
{
	return (struct fault_handle *)file;
}

static int failed(int code, int error)
{
	fault.last_errno = error;
	return code;
}

/* A fault that ends the process or the machine; true when it did. */
static bool is_end(struct fault_disk *disk, enum fault_kind kind)
{
	struct fault_cut cut = disk->plan.cut;
	if (kind == FAULT_POWER)
		fault_disk_cut(disk, &cut);
	else if (kind == FAULT_KILL)
		fault_disk_kill(disk);
	return kind == FAULT_POWER || kind == FAULT_KILL;
}

/* --- Methods of an open file --- */

static int file_close(sqlite3_file *base)
{
	struct fault_handle *handle = handle_of(base);
	struct fault_disk *disk = handle->disk;
	bool is_live = handle->file != NULL;
	if (is_live)
		fault_unlock(handle, SQLITE_LOCK_NONE);
	fault_shm_leave(handle);
	if (is_live) {
		fault_handle_leave(handle);
		fault_files_sweep(disk);
	}
	return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int size, sqlite3_int64 offset)
{
	struct fault_handle *handle = handle_of(base);
	enum fault_kind kind;
	if (handle->file == NULL)
		return failed(SQLITE_IOERR_READ, EIO);
	const struct fault_bytes *seen = &handle->file->seen;
	size_t wanted = (size_t)size, at = (size_t)offset;
	size_t there = at < seen->size ? seen->size - at : 0;
	if (fault_hit(handle->disk, FAULT_OP_READ, handle->file->path, &kind)) {
		if (is_end(handle->disk, kind) || kind != FAULT_SHORT)
			return failed(SQLITE_IOERR_READ, EIO);
		there = there < wanted / 2 ? there : wanted / 2;
	}
	if (there > wanted)
		there = wanted;
	if (there > 0)
		memcpy(out, seen->data + at, there);
	memset((uint8_t *)out + there, 0, wanted - there);
	return there < wanted ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
	struct fault_handle *handle = handle_of(base);
	struct fault_file *file = handle->file;
	size_t wanted = (size_t)size;
	enum fault_kind kind;
	if (file == NULL)
		return failed(SQLITE_IOERR_WRITE, EIO);
	if (!fault_hit(handle->disk, FAULT_OP_WRITE, file->path, &kind)) {
		if (fault_file_write(file, data, wanted, (uint64_t)offset) < wanted)
			return failed(SQLITE_FULL, ENOSPC);
		return SQLITE_OK;
	}
	if (kind == FAULT_POWER)
		fault_file_write(file, data, wanted, (uint64_t)offset);
	if (is_end(handle->disk, kind) || kind == FAULT_ERROR)
		return failed(SQLITE_IOERR_WRITE, EIO);
	fault_file_write(file, data, wanted / 2 / FAULT_SECTOR_SIZE * FAULT_SECTOR_SIZE, (uint64_t)offset);
	return kind == FAULT_FULL ? failed(SQLITE_FULL, ENOSPC) : failed(SQLITE_IOERR_WRITE, EIO);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
	struct fault_handle *handle = handle_of(base);
	enum fault_kind kind;
	if (handle->file == NULL)
		return failed(SQLITE_IOERR_TRUNCATE, EIO);
	if (fault_hit(handle->disk, FAULT_OP_TRUNCATE, handle->file->path, &kind)) {
		if (kind == FAULT_POWER)
			fault_file_truncate(handle->file, (uint64_t)size);
		(void)is_end(handle->disk, kind);
		return failed(SQLITE_IOERR_TRUNCATE, kind == FAULT_FULL ? ENOSPC : EIO);
	}
	fault_file_truncate(handle->file, (uint64_t)size);
	return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
	struct fault_handle *handle = handle_of(base);
	enum fault_kind kind;
	(void)flags;
	if (handle->file == NULL)
		return failed(SQLITE_IOERR_FSYNC, EIO);
	if (fault_hit(handle->disk, FAULT_OP_SYNC, handle->file->path, &kind)) {
		if (!is_end(handle->disk, kind))
			fault_file_sync_failed(handle->file, handle->disk->plan.unsynced);
		/* SQLite's VFS for Unix says EIO whatever errno is. */
		return failed(SQLITE_IOERR_FSYNC, kind == FAULT_FULL ? ENOSPC : EIO);
	}
	fault_file_sync(handle->file);
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
	const struct fault_handle *handle = handle_of(base);
	if (handle->file == NULL)
		return failed(SQLITE_IOERR_FSTAT, EIO);
	*size = (sqlite3_int64)handle->file->seen.size;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
	struct fault_handle *handle = handle_of(base);
	return handle->file == NULL ? failed(SQLITE_IOERR_LOCK, EIO) : fault_lock(handle, level);
}

static int file_unlock(sqlite3_file *base, int level)
{
	struct fault_handle *handle = handle_of(base);
	return handle->file == NULL ? SQLITE_OK : fault_unlock(handle, level);
}

static int file_reserved(sqlite3_file *base, int *is_reserved)
{
	const struct fault_handle *handle = handle_of(base);
	*is_reserved = handle->file != NULL && handle->file->reserved != NULL;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *argument)
{
	const struct fault_handle *handle = handle_of(base);
	if (op != SQLITE_FCNTL_HAS_MOVED)
		return SQLITE_NOTFOUND;
	*(int *)argument = handle->file != NULL && !handle->file->is_there;
	return SQLITE_OK;
}

static int file_sector_size(sqlite3_file *base)
{
	(void)base;
	return SECTOR_SIZE_SAID;
}

static int file_characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int file_shm_map(sqlite3_file *base, int region, int size, int extends, void volatile **out)
{
	struct fault_handle *handle = handle_of(base);
	if (handle->file == NULL)
		return failed(SQLITE_IOERR_SHMMAP, EIO);
	return fault_shm_map(handle, region, size, extends != 0, out);
}

static int file_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
	struct fault_handle *handle = handle_of(base);
	if (handle->file == NULL && (flags & SQLITE_SHM_LOCK) != 0)
		return failed(SQLITE_IOERR_SHMLOCK, EIO);
	return fault_shm_lock(handle, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int file_shm_unmap(sqlite3_file *base, int deletes)
{
	(void)deletes;
	fault_shm_leave(handle_of(base));
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* --- Methods of the VFS --- */

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *out, int flags, int *out_flags)
{
	struct fault_disk *disk = fault_disk_of(path);
	struct fault_handle *handle = handle_of(out);
	enum fault_kind kind;
	(void)vfs;
	if (disk == NULL) {
		int code = fault.former->xOpen(fault.former, path, out, flags, out_flags);
		return code == SQLITE_OK ? code : failed(code, fault.former->xGetLastError(fault.former, 0, NULL));
	}
	memset(handle, 0, sizeof(*handle));
	if (disk->is_down)
		return failed(SQLITE_CANTOPEN, EIO);
	if (fault_hit(disk, FAULT_OP_OPEN, path, &kind)) {
		(void)is_end(disk, kind);
		return failed(SQLITE_CANTOPEN, kind == FAULT_FULL ? ENOSPC : EIO);
	}
	struct fault_file *file = fault_file_find(disk, path);
	if (file == NULL && (flags & SQLITE_OPEN_CREATE) == 0)
		return failed(SQLITE_CANTOPEN, ENOENT);
	if (file != NULL && (flags & SQLITE_OPEN_EXCLUSIVE) != 0)
		return failed(SQLITE_CANTOPEN, EEXIST);
	if (file == NULL) {
		file = fault_file_make(disk, path);
		file->is_journal = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
	}
	handle->base.pMethods = &methods;
	handle->disk = disk;
	handle->file = file;
	handle->next = disk->handles;
	disk->handles = handle;
	file->open_count++;
	if (out_flags != NULL)
		*out_flags = flags;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs_folder)
{
	struct fault_disk *disk = fault_disk_of(path);
	enum fault_kind kind;
	(void)vfs;
	if (disk == NULL)
		return fault.former->xDelete(fault.former, path, syncs_folder);
	if (disk->is_down)
		return failed(SQLITE_IOERR_DELETE, EIO);
	struct fault_file *file = fault_file_find(disk, path);
	if (file == NULL)
		return failed(SQLITE_IOERR_DELETE_NOENT, ENOENT);
	if (fault_hit(disk, FAULT_OP_DELETE, path, &kind)) {
		if (kind == FAULT_POWER)
			fault_file_delete(file, false);
		(void)is_end(disk, kind);
		return failed(SQLITE_IOERR_DELETE, EIO);
	}
	fault_file_delete(file, syncs_folder != 0);
	return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	struct fault_disk *disk = fault_disk_of(path);
	(void)vfs;
	if (disk == NULL)
		return fault.former->xAccess(fault.former, path, flags, out);
	const struct fault_file *file = disk->is_down ? NULL : fault_file_find(disk, path);
	/* As SQLite's VFS for Unix: an empty file counts as none. */
	*out = file != NULL && (flags != SQLITE_ACCESS_EXISTS || file->seen.size > 0);
	return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	(void)vfs;
	if (fault_disk_of(path) == NULL)
		return fault.former->xFullPathname(fault.former, path, size, out);
	size_t length = strlen(path);
	if (length >= (size_t)size)
		return SQLITE_CANTOPEN;
	memcpy(out, path, length + 1);
	return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	for (int i = 0; i < size; i++) {
		fault.random = fault.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		out[i] = (char)(fault.random >> 56);
	}
	return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

static int vfs_time_ms(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	(void)vfs;
	*out = fault.now_ms + JULIAN_1970_MS;
	return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
	sqlite3_int64 now_ms = 0;
	vfs_time_ms(vfs, &now_ms);
	*out = (double)now_ms / 86400000.0;
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	if (size > 0 && out != NULL)
		out[0] = '\0';
	return fault.last_errno;
}

void fault_vfs_register(void)
{
	if (fault.is_registered)
		return;
	fault.former = sqlite3_vfs_find(NULL);
	assert(fault.former != NULL);
	size_t size = sizeof(struct fault_handle);
	fault.vfs = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = fault.former->szOsFile > (int)size ? fault.former->szOsFile : (int)size,
		.mxPathname = fault.former->mxPathname,
		.zName = "fault",
		.xOpen = vfs_open,
		.xDelete = vfs_delete,
		.xAccess = vfs_access,
		.xFullPathname = vfs_full_pathname,
		.xRandomness = vfs_randomness,
		.xSleep = vfs_sleep,
		.xCurrentTime = vfs_time,
		.xGetLastError = vfs_last_error,
		.xCurrentTimeInt64 = vfs_time_ms,
	};
	int code = sqlite3_vfs_register(&fault.vfs, 1);
	assert(code == SQLITE_OK);
	(void)code;
	fault.is_registered = true;
}

void fault_vfs_unregister(void)
{
	if (!fault.is_registered)
		return;
	assert(!fault_has_disks());
	sqlite3_vfs_unregister(&fault.vfs);
	sqlite3_vfs_register(fault.former, 1);
	fault.is_registered = false;
}

void fault_vfs_seed(uint64_t seed, int64_t now_ms)
{
	fault.random = seed;
	fault.now_ms = now_ms;
	sqlite3_randomness(0, NULL);
}
