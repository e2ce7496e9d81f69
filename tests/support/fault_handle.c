/* fault_handle.c: locks between open files, the shared memory of WAL, and what happens to both when a process dies. */
#include <assert.h>
#include <stdlib.h>

#include "tests/support/fault_file.h"
#include "tests/support/fault_spare.h"

/* --- Locks of the database file --- */

static bool is_others(const void *holder, const struct fault_handle *handle)
{
	return holder != NULL && holder != handle;
}

int fault_lock(struct fault_handle *handle, int level)
{
	struct fault_file *file = handle->file;
	if (level <= handle->level)
		return SQLITE_OK;
	if (handle->level == SQLITE_LOCK_NONE) {
		if (is_others(file->pending, handle) || is_others(file->exclusive, handle))
			return SQLITE_BUSY;
		file->shared++;
		handle->level = SQLITE_LOCK_SHARED;
	}
	if (level >= SQLITE_LOCK_RESERVED) {
		if (is_others(file->reserved, handle))
			return SQLITE_BUSY;
		file->reserved = handle;
		if (level == SQLITE_LOCK_RESERVED)
			handle->level = level;
	}
	if (level == SQLITE_LOCK_EXCLUSIVE) {
		file->pending = handle;
		if (file->shared > 1) {
			handle->level = SQLITE_LOCK_PENDING;
			return SQLITE_BUSY;
		}
		file->exclusive = handle;
		handle->level = level;
	}
	return SQLITE_OK;
}

int fault_unlock(struct fault_handle *handle, int level)
{
	struct fault_file *file = handle->file;
	if (level >= handle->level)
		return SQLITE_OK;
	if (file->exclusive == handle)
		file->exclusive = NULL;
	if (file->pending == handle)
		file->pending = NULL;
	if (file->reserved == handle)
		file->reserved = NULL;
	if (level == SQLITE_LOCK_NONE) {
		assert(file->shared > 0);
		file->shared--;
	}
	handle->level = level;
	return SQLITE_OK;
}

/* --- Shared memory --- */

int fault_shm_map(struct fault_handle *handle, int region, int size, bool extends, void volatile **out)
{
	struct fault_file *file = handle->file;
	*out = NULL;
	assert(region >= 0 && region < FAULT_SHM_REGIONS_MAX);
	if (handle->shm == NULL) {
		if (file->shm == NULL)
			file->shm = calloc(1, sizeof(*file->shm));
		if (file->shm == NULL)
			return SQLITE_NOMEM;
		file->shm->refs++;
		handle->shm = file->shm;
	}
	if (handle->shm->regions[region] == NULL && extends) {
		handle->shm->regions[region] = calloc(1, (size_t)size);
		if (handle->shm->regions[region] == NULL)
			return SQLITE_NOMEM;
	}
	*out = handle->shm->regions[region];
	return SQLITE_OK;
}

static void shm_release(struct fault_handle *handle, uint16_t mask)
{
	struct fault_shm *shm = handle->shm;
	for (int slot = 0; slot < SQLITE_SHM_NLOCK; slot++) {
		uint16_t bit = (uint16_t)(1u << slot);
		if ((mask & bit) == 0)
			continue;
		if ((handle->shm_exclusive & bit) != 0)
			shm->exclusive[slot] = NULL;
		if ((handle->shm_shared & bit) != 0)
			shm->shared[slot]--;
	}
	handle->shm_exclusive &= (uint16_t)~mask;
	handle->shm_shared &= (uint16_t)~mask;
}

int fault_shm_lock(struct fault_handle *handle, int offset, int count, int flags)
{
	struct fault_shm *shm = handle->shm;
	assert(shm != NULL && offset >= 0 && count > 0 && offset + count <= SQLITE_SHM_NLOCK);
	const uint16_t mask = (uint16_t)(((1u << (unsigned)count) - 1) << (unsigned)offset);
	if ((flags & SQLITE_SHM_UNLOCK) != 0) {
		shm_release(handle, mask);
		return SQLITE_OK;
	}
	if ((flags & SQLITE_SHM_SHARED) != 0) {
		assert(count == 1);
		if ((handle->shm_shared & mask) != 0)
			return SQLITE_OK;
		if (is_others(shm->exclusive[offset], handle))
			return SQLITE_BUSY;
		shm->shared[offset]++;
		handle->shm_shared |= mask;
		return SQLITE_OK;
	}
	for (int slot = offset; slot < offset + count; slot++) {
		bool is_own = (handle->shm_shared & 1u << slot) != 0;
		if (is_others(shm->exclusive[slot], handle) || shm->shared[slot] > (is_own ? 1u : 0u))
			return SQLITE_BUSY;
	}
	for (int slot = offset; slot < offset + count; slot++)
		shm->exclusive[slot] = handle;
	handle->shm_exclusive |= mask;
	return SQLITE_OK;
}

void fault_shm_leave(struct fault_handle *handle)
{
	struct fault_shm *shm = handle->shm;
	if (shm == NULL)
		return;
	shm_release(handle, UINT16_MAX);
	handle->shm = NULL;
	if (--shm->refs > 0)
		return;
	if (handle->file != NULL)
		handle->file->shm = NULL;
	for (int i = 0; i < FAULT_SHM_REGIONS_MAX; i++)
		free(shm->regions[i]);
	free(shm);
}

/* --- Ends --- */

void fault_handle_leave(struct fault_handle *handle)
{
	struct fault_handle **at = &handle->disk->handles;
	while (*at != handle)
		at = &(*at)->next;
	*at = handle->next;
	handle->next = NULL;
	assert(handle->file->open_count > 0);
	handle->file->open_count--;
	handle->file = NULL;
}

/* The dead keep their shared memory, which nobody else sees, until they are closed. */
void fault_handles_die(struct fault_disk *disk)
{
	while (disk->handles != NULL) {
		struct fault_file *file = disk->handles->file;
		file->shared = 0;
		file->reserved = NULL;
		file->pending = NULL;
		file->exclusive = NULL;
		file->shm = NULL;
		disk->handles->level = SQLITE_LOCK_NONE;
		fault_handle_leave(disk->handles);
	}
}
