/* fault_disk.c: files in memory: what is seen, what is stored, and the plan of faults. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fault_file.h"
#include "tests/support/fault_spare.h"

struct fault_image_file {
	char *name;
	struct fault_bytes content;
};

struct fault_image {
	size_t count;
	struct fault_image_file files[];
};

static struct fault_disk *disks;
static fault_watcher *watching;
static void *watching_context;

/* --- Bytes --- */

static void *must_have(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

static void bytes_reserve(struct fault_bytes *bytes, size_t size)
{
	if (size > bytes->capacity) {
		size_t capacity = 2 * size + 16384;
		bytes->data = must_have(realloc(bytes->data, capacity));
		bytes->capacity = capacity;
	}
}

void fault_bytes_resize(struct fault_bytes *bytes, size_t size)
{
	bytes_reserve(bytes, size);
	if (size > bytes->size)
		memset(bytes->data + bytes->size, 0, size - bytes->size);
	bytes->size = size;
}

void fault_bytes_copy(struct fault_bytes *to, const struct fault_bytes *from)
{
	bytes_reserve(to, from->size);
	to->size = from->size;
	if (from->size > 0)
		memcpy(to->data, from->data, from->size);
}

void fault_bytes_clear(struct fault_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct fault_bytes){0};
}

/* --- Disks and files --- */

struct fault_disk *fault_disk_new(const char *folder)
{
	struct fault_disk *disk = must_have(calloc(1, sizeof(*disk)));
	assert(folder != NULL && fault_disk_of(folder) == NULL);
	disk->folder = must_have(strdup(folder));
	disk->folder_size = strlen(folder);
	disk->room = UINT64_MAX;
	disk->next = disks;
	disks = disk;
	return disk;
}

bool fault_has_disks(void)
{
	return disks != NULL;
}

struct fault_disk *fault_disk_of(const char *path)
{
	for (struct fault_disk *disk = disks; path != NULL && disk != NULL; disk = disk->next)
		if (strncmp(path, disk->folder, disk->folder_size) == 0 && path[disk->folder_size] == '/')
			return disk;
	return NULL;
}

struct fault_file *fault_file_find(struct fault_disk *disk, const char *path)
{
	for (struct fault_file *file = disk->files; file != NULL; file = file->next)
		if (file->is_there && strcmp(file->path, path) == 0)
			return file;
	return NULL;
}

struct fault_file *fault_file_make(struct fault_disk *disk, const char *path)
{
	struct fault_file *file = must_have(calloc(1, sizeof(*file)));
	assert(fault_disk_of(path) == disk);
	file->disk = disk;
	file->path = must_have(strdup(path));
	file->is_there = true;
	file->entry_number = ++disk->change_number;
	file->next = disk->files;
	disk->files = file;
	return file;
}

static void file_free(struct fault_file *file)
{
	assert(file->open_count == 0 && file->shm == NULL);
	fault_bytes_clear(&file->seen);
	fault_bytes_clear(&file->medium);
	fault_bytes_clear(&file->changed);
	free(file->changes);
	free(file->path);
	free(file);
}

void fault_files_sweep(struct fault_disk *disk)
{
	for (struct fault_file **at = &disk->files; *at != NULL;) {
		struct fault_file *file = *at;
		if (file->is_there || file->is_stored || file->open_count > 0) {
			at = &file->next;
			continue;
		}
		*at = file->next;
		file_free(file);
	}
}

static void files_free(struct fault_disk *disk)
{
	while (disk->files != NULL) {
		struct fault_file *file = disk->files;
		disk->files = file->next;
		file_free(file);
	}
}

void fault_disk_free(struct fault_disk *disk)
{
	if (disk == NULL)
		return;
	assert(disk->handles == NULL);
	struct fault_disk **at = &disks;
	while (*at != disk)
		at = &(*at)->next;
	*at = disk->next;
	files_free(disk);
	free(disk->folder);
	free(disk);
}

void fault_disk_put(struct fault_disk *disk, const char *path, const void *data, size_t size)
{
	fault_disk_remove(disk, path);
	struct fault_file *file = fault_file_make(disk, path);
	fault_bytes_resize(&file->seen, size);
	if (size > 0)
		memcpy(file->seen.data, data, size);
	fault_bytes_copy(&file->medium, &file->seen);
	file->is_stored = true;
}

uint8_t *fault_disk_file(struct fault_disk *disk, const char *path, size_t *size)
{
	struct fault_file *file = fault_file_find(disk, path);
	*size = file != NULL ? file->seen.size : 0;
	return file != NULL ? file->seen.data : NULL;
}

uint8_t *fault_disk_medium(struct fault_disk *disk, const char *path, size_t *size)
{
	*size = 0;
	for (struct fault_file *file = disk->files; file != NULL; file = file->next) {
		if (file->is_stored && strcmp(file->path, path) == 0) {
			*size = file->medium.size;
			return file->medium.data;
		}
	}
	return NULL;
}

void fault_disk_remove(struct fault_disk *disk, const char *path)
{
	for (struct fault_file *file = disk->files; file != NULL; file = file->next) {
		if (strcmp(file->path, path) == 0) {
			assert(file->open_count == 0);
			file->is_there = false;
			file->is_stored = false;
		}
	}
	fault_files_sweep(disk);
}

/* --- Images --- */

struct fault_image *fault_disk_image(const struct fault_disk *disk)
{
	size_t count = 0;
	for (const struct fault_file *file = disk->files; file != NULL; file = file->next)
		count += file->is_there;
	struct fault_image *image = must_have(calloc(1, sizeof(*image) + count * sizeof(image->files[0])));
	for (const struct fault_file *file = disk->files; file != NULL; file = file->next) {
		if (!file->is_there)
			continue;
		struct fault_image_file *copy = &image->files[image->count++];
		copy->name = must_have(strdup(file->path + disk->folder_size));
		fault_bytes_copy(&copy->content, &file->seen);
	}
	return image;
}

void fault_disk_restore(struct fault_disk *disk, const struct fault_image *image)
{
	assert(disk->handles == NULL);
	files_free(disk);
	for (size_t i = 0; i < image->count; i++) {
		const struct fault_image_file *from = &image->files[i];
		size_t size = disk->folder_size + strlen(from->name) + 1;
		char *path = must_have(malloc(size));
		memcpy(path, disk->folder, disk->folder_size);
		memcpy(path + disk->folder_size, from->name, size - disk->folder_size);
		fault_disk_put(disk, path, from->content.data, from->content.size);
		free(path);
	}
}

void fault_image_free(struct fault_image *image)
{
	if (image == NULL)
		return;
	for (size_t i = 0; i < image->count; i++) {
		free(image->files[i].name);
		fault_bytes_clear(&image->files[i].content);
	}
	free(image);
}

/* --- Counting and the plan --- */

uint64_t fault_disk_count(const struct fault_disk *disk, uint32_t ops)
{
	uint64_t count = 0;
	for (int op = 0; op < FAULT_OP_COUNT; op++)
		count += (ops & FAULT_OPS(op)) != 0 ? disk->counts[op] : 0;
	return count;
}

void fault_disk_count_reset(struct fault_disk *disk)
{
	memset(disk->counts, 0, sizeof(disk->counts));
}

void fault_disk_plan(struct fault_disk *disk, const struct fault_plan *plan)
{
	disk->has_plan = plan != NULL;
	disk->hits = 0;
	if (plan != NULL)
		disk->plan = *plan;
}

uint64_t fault_disk_hits(const struct fault_disk *disk)
{
	return disk->hits;
}

static bool ends_with(const char *path, const char *suffix)
{
	size_t size = strlen(path), end = strlen(suffix);
	return size >= end && strcmp(path + size - end, suffix) == 0;
}

void fault_vfs_watch(fault_watcher *watcher, void *context)
{
	watching = watcher;
	watching_context = context;
}

bool fault_hit(struct fault_disk *disk, enum fault_op op, const char *path, enum fault_kind *kind)
{
	struct fault_plan *plan = &disk->plan;
	if (disk->is_paused)
		return false;
	if (watching != NULL)
		watching(watching_context, disk, op);
	disk->counts[op]++;
	if (!disk->has_plan || (plan->ops & FAULT_OPS(op)) == 0)
		return false;
	if (plan->suffix != NULL && !ends_with(path, plan->suffix))
		return false;
	if (plan->skip > 0) {
		plan->skip--;
		return false;
	}
	disk->hits++;
	disk->has_plan = plan->is_forever;
	*kind = plan->kind;
	return true;
}

void fault_disk_set_room(struct fault_disk *disk, uint64_t bytes)
{
	disk->room = bytes;
}

void fault_disk_set_paused(struct fault_disk *disk, bool is_paused)
{
	disk->is_paused = is_paused;
}

void fault_disk_set_lying(struct fault_disk *disk, bool is_lying)
{
	disk->is_lying = is_lying;
}

static void room_back(struct fault_disk *disk, size_t size)
{
	if (disk->room != UINT64_MAX)
		disk->room += size;
}

/* --- What is done to files --- */

void fault_changes_clear(struct fault_file *file)
{
	file->change_count = 0;
	file->changed.size = 0;
}

static struct fault_change *change_add(struct fault_file *file)
{
	if (file->change_count == file->change_capacity) {
		file->change_capacity = file->change_capacity * 2 + 16;
		file->changes = must_have(realloc(file->changes, file->change_capacity * sizeof(file->changes[0])));
	}
	struct fault_change *change = &file->changes[file->change_count++];
	*change = (struct fault_change){.number = ++file->disk->change_number};
	return change;
}

void fault_change_apply(const struct fault_file *file, const struct fault_change *change, struct fault_bytes *to)
{
	size_t end = (size_t)change->offset + change->size;
	if (change->is_truncate) {
		fault_bytes_resize(to, (size_t)change->offset);
		return;
	}
	if (end > to->size)
		fault_bytes_resize(to, end);
	memcpy(to->data + change->offset, file->changed.data + change->data_at, change->size);
}

size_t fault_file_write(struct fault_file *file, const void *data, size_t size, uint64_t offset)
{
	struct fault_disk *disk = file->disk;
	uint64_t end = offset + size;
	uint64_t growth = end > file->seen.size ? end - file->seen.size : 0;
	if (growth > disk->room && !disk->is_paused) {
		uint64_t missing = growth - disk->room;
		size = missing < size ? size - (size_t)missing : 0;
		growth = size > 0 ? disk->room : 0;
	}
	if (size == 0)
		return 0;
	if (disk->room != UINT64_MAX)
		disk->room -= growth < disk->room ? growth : disk->room;
	struct fault_change *change = change_add(file);
	change->offset = offset;
	change->size = size;
	change->data_at = file->changed.size;
	bytes_reserve(&file->changed, file->changed.size + size);
	file->changed.size += size;
	memcpy(file->changed.data + change->data_at, data, size);
	fault_change_apply(file, change, &file->seen);
	return size;
}

void fault_file_truncate(struct fault_file *file, uint64_t size)
{
	struct fault_change *change = change_add(file);
	change->is_truncate = true;
	change->offset = size;
	if (size < file->seen.size)
		room_back(file->disk, file->seen.size - (size_t)size);
	fault_change_apply(file, change, &file->seen);
}

/* All entries of the folder are on the medium. */
static void folder_sync(struct fault_disk *disk)
{
	for (struct fault_file *file = disk->files; file != NULL; file = file->next)
		file->is_stored = file->is_there;
	fault_files_sweep(disk);
}

void fault_file_sync(struct fault_file *file)
{
	if (file->disk->is_lying)
		return;
	for (size_t i = 0; i < file->change_count; i++)
		fault_change_apply(file, &file->changes[i], &file->medium);
	fault_changes_clear(file);
	if (file->is_journal && file->is_there && !file->is_stored)
		folder_sync(file->disk);
}

void fault_file_sync_failed(struct fault_file *file, enum fault_unsynced unsynced)
{
	switch (unsynced) {
	case FAULT_UNSYNCED_STAYS:
		return;
	case FAULT_UNSYNCED_REVERTS:
		fault_bytes_copy(&file->seen, &file->medium);
		break;
	case FAULT_UNSYNCED_FORGOT:
		break;
	}
	fault_changes_clear(file);
}

void fault_file_delete(struct fault_file *file, bool syncs_folder)
{
	struct fault_disk *disk = file->disk;
	file->is_there = false;
	file->entry_number = ++disk->change_number;
	room_back(disk, file->seen.size);
	if (syncs_folder && !disk->is_lying)
		folder_sync(disk);
	else
		fault_files_sweep(disk);
}

/* --- Crashes --- */

uint64_t fault_disk_unsynced(const struct fault_disk *disk)
{
	uint64_t count = 0;
	for (const struct fault_file *file = disk->files; file != NULL; file = file->next)
		count += file->change_count + (file->is_there != file->is_stored);
	return count;
}

void fault_disk_cut(struct fault_disk *disk, const struct fault_cut *cut)
{
	fault_handles_die(disk);
	fault_medium_cut(disk, cut);
	disk->is_down = true;
	disk->has_plan = false;
}

void fault_disk_kill(struct fault_disk *disk)
{
	fault_handles_die(disk);
	fault_files_sweep(disk);
	disk->is_down = true;
	disk->has_plan = false;
}

void fault_disk_boot(struct fault_disk *disk)
{
	disk->is_down = false;
	disk->has_plan = false;
}

bool fault_disk_is_down(const struct fault_disk *disk)
{
	return disk->is_down;
}

uint32_t fault_disk_open_count(const struct fault_disk *disk)
{
	uint32_t count = 0;
	for (const struct fault_handle *handle = disk->handles; handle != NULL; handle = handle->next)
		count++;
	return count;
}
