/* fault_file.h: what the parts of the fault VFS share: a disk's files, their two contents and what lies between. */
#ifndef BSYNC_TESTS_SUPPORT_FAULT_FILE_H
#define BSYNC_TESTS_SUPPORT_FAULT_FILE_H

#include <sqlite3.h>

#include "tests/support/fault_vfs.h"

/* Bytes that grow. */
struct fault_bytes {
	uint8_t *data;
	size_t size, capacity;
};
/* Sets the size; what is new is zero. */
void fault_bytes_resize(struct fault_bytes *bytes, size_t size);
void fault_bytes_copy(struct fault_bytes *to, const struct fault_bytes *from);
void fault_bytes_clear(struct fault_bytes *bytes);

/* One write or truncation since the last sync. */
struct fault_change {
	uint64_t number; /* the disk's count of changes, for their order */
	bool is_truncate;
	uint64_t offset; /* of a truncation: the new size */
	size_t size;
	size_t data_at; /* in the file's `changed` */
};

/* WAL's shared memory of one file. */
enum { FAULT_SHM_REGIONS_MAX = 64 };
struct fault_shm {
	uint32_t refs;
	void *regions[FAULT_SHM_REGIONS_MAX];
	uint32_t shared[SQLITE_SHM_NLOCK];
	const void *exclusive[SQLITE_SHM_NLOCK]; /* the handle that holds it */
};

struct fault_file {
	struct fault_file *next;
	struct fault_disk *disk;
	char *path;
	struct fault_bytes seen, medium;
	struct fault_bytes changed; /* the bytes of the changes */
	struct fault_change *changes;
	size_t change_count, change_capacity;
	/* The folder's entry, as programs see it and on the medium, and the number of the change between them. */
	bool is_there, is_stored;
	uint64_t entry_number;
	bool is_journal; /* its first sync syncs the folder */
	uint32_t open_count;
	uint32_t shared; /* locks of the database file */
	const void *reserved, *pending, *exclusive;
	struct fault_shm *shm;
};

struct fault_handle;

struct fault_disk {
	struct fault_disk *next;
	char *folder;
	size_t folder_size;
	struct fault_file *files;
	struct fault_handle *handles; /* not dead */
	uint64_t counts[FAULT_OP_COUNT];
	uint64_t change_number;
	struct fault_plan plan;
	bool has_plan;
	uint64_t hits;
	uint64_t room;
	bool is_paused, is_lying, is_down;
};

/* An open file.  A dead one has no file. */
struct fault_handle {
	sqlite3_file base;
	struct fault_handle *next;
	struct fault_disk *disk;
	struct fault_file *file;
	int level; /* SQLITE_LOCK_… */
	struct fault_shm *shm;
	uint16_t shm_shared, shm_exclusive; /* bit masks of slots */
};

/* --- fault_disk.c --- */

struct fault_disk *fault_disk_of(const char *path);
bool fault_has_disks(void);
struct fault_file *fault_file_find(struct fault_disk *disk, const char *path);
struct fault_file *fault_file_make(struct fault_disk *disk, const char *path);
/* Counts the operation; true when the plan hits it, with the kind of fault. */
bool fault_hit(struct fault_disk *disk, enum fault_op op, const char *path, enum fault_kind *kind);
/* Writes as far as there is room; how many bytes were written. */
size_t fault_file_write(struct fault_file *file, const void *data, size_t size, uint64_t offset);
void fault_file_truncate(struct fault_file *file, uint64_t size);
void fault_file_sync(struct fault_file *file);
void fault_file_sync_failed(struct fault_file *file, enum fault_unsynced unsynced);
void fault_file_delete(struct fault_file *file, bool syncs_folder);
void fault_changes_clear(struct fault_file *file);
void fault_change_apply(const struct fault_file *file, const struct fault_change *change, struct fault_bytes *to);
/* Frees files that are neither seen, nor stored, nor open. */
void fault_files_sweep(struct fault_disk *disk);

/* --- fault_handle.c: locks, shared memory and death --- */

int fault_lock(struct fault_handle *handle, int level);
int fault_unlock(struct fault_handle *handle, int level);
int fault_shm_map(struct fault_handle *handle, int region, int size, bool extends, void volatile **out);
int fault_shm_lock(struct fault_handle *handle, int offset, int count, int flags);
void fault_shm_leave(struct fault_handle *handle);
/* Takes the handle out of its disk. */
void fault_handle_leave(struct fault_handle *handle);
/* Makes all of the disk's handles dead. */
void fault_handles_die(struct fault_disk *disk);

/* --- fault_cut.c --- */

/* Makes the medium, and what is seen, what a power cut leaves. */
void fault_medium_cut(struct fault_disk *disk, const struct fault_cut *cut);

#endif
