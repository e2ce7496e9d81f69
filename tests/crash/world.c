#include "tests/crash/world.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/dutch.h"
#include "tests/support/fault_alloc.h"
#include "tests/support/nursery.h"

/* The disks there are, for the calls on files that do not go through SQLite. */
static struct fault_disk *disks[CRASH_DISKS];
static const char *folders[CRASH_DISKS];

int __real_open(const char *path, int flags, mode_t mode);
int __real_access(const char *path, int mode);
int __real_link(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_access(const char *path, int mode);
int __wrap_link(const char *from, const char *to);
int __wrap_unlink(const char *path);

/* The disk with that file or room for it; NULL: it is none of ours, as the folders themselves. */
static struct fault_disk *disk_at(const char *path)
{
	for (int i = 0; i < CRASH_DISKS; i++) {
		size_t length = disks[i] != NULL ? strlen(folders[i]) : 0;

		if (length != 0 && strncmp(path, folders[i], length) == 0 && path[length] == '/')
			return disks[i];
	}
	return NULL;
}

static bool is_there(struct fault_disk *disk, const char *path)
{
	size_t size;

	return fault_disk_file(disk, path, &size) != NULL;
}

/* A file is made empty, then SQLite fills it, then it gets its name (client-sdk/store/create.c); a lock is never met, for
 * whoever held it is gone. */
int __wrap_open(const char *path, int flags, mode_t mode)
{
	struct fault_disk *disk = disk_at(path);

	if (disk == NULL)
		return __real_open(path, flags, mode);
	if ((flags & O_TRUNC) != 0 || !is_there(disk, path))
		fault_disk_put(disk, path, "", 0);
	return memfd_create("crash", MFD_CLOEXEC);
}

int __wrap_access(const char *path, int mode)
{
	struct fault_disk *disk = disk_at(path);

	if (disk == NULL)
		return __real_access(path, mode);
	errno = ENOENT;
	return is_there(disk, path) ? 0 : -1;
}

/* It has been synced and closed by then. */
int __wrap_link(const char *from, const char *to)
{
	struct fault_disk *disk = disk_at(from);
	const uint8_t *data;
	size_t size = 0;

	if (disk == NULL)
		return __real_link(from, to);
	data = fault_disk_file(disk, from, &size);
	errno = data != NULL ? EEXIST : ENOENT;
	if (data == NULL || is_there(disk, to))
		return -1;
	fault_disk_put(disk, to, data, size);
	return 0;
}

int __wrap_unlink(const char *path)
{
	struct fault_disk *disk = disk_at(path);

	if (disk == NULL)
		return __real_unlink(path);
	errno = ENOENT;
	if (!is_there(disk, path))
		return -1;
	fault_disk_remove(disk, path);
	return 0;
}

void crash_must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "crash: cannot prepare: %s: %s\n", what, bsync_result_name(result));
	abort();
}

static int fill(void *context, uint8_t *out, size_t size)
{
	struct crash_world *world = context;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)dutch_random(&world->random);
	return 0;
}

static void read_clock(void *context, struct bsync_clock_reading *reading)
{
	(void)context;
	*reading = (struct bsync_clock_reading){.wall_ms = CRASH_NOW_MS, .uptime_ms = 60000, .boot = 1};
}

/* --- Making --- */

static void place(const struct crash_world *world, const char *name, char folder[CRASH_PATH_SIZE])
{
	char path[CRASH_PATH_SIZE];

	snprintf(path, sizeof path, "%.100s/%.40s.XXXXXX", world->folder, name);
	if (mkdtemp(path) == NULL)
		abort();
	memcpy(folder, path, sizeof path);
}

static void make_device(struct crash_world *world, const struct seedling *seedling, uint32_t number)
{
	struct crash_device *device = &world->devices[number];
	const struct bsync_buffer *key = &seedling->public_key;
	char name[20];

	device->world = world;
	device->surroundings = (struct bsync_surroundings){world->chance, read_clock, NULL};
	device->id = seedling->id;
	device->worker = seedling->worker;
	snprintf(name, sizeof name, "device%u", number);
	place(world, name, device->folder);
	memcpy(device->path, device->folder, sizeof device->path);
	memcpy(device->path + strlen(device->path), "/device.db", sizeof "/device.db");
	device->disk = fault_disk_new(device->folder);
	disks[number + 1] = device->disk;
	folders[number + 1] = device->folder;
	bsync_buffer_init(&device->public_key, CRASH_KEY_MAX);
	crash_must(bsync_buffer_append(&device->public_key, key->data, key->size), "public key");
	fault_disk_put(device->disk, device->path, seedling->file.data, seedling->file.size);
	crash_must(crash_device_open(device), "open device");
}

void crash_world_make(struct crash_world *world, bool has_old_device)
{
	const struct nursery_plan plan = {.name = "crash",
					  .schema = "tests/schemas/kring",
					  .random = 1000,
					  .now_ms = CRASH_NOW_MS,
					  .device_count = CRASH_DEVICES,
					  .has_old_device = has_old_device};
	struct nursery nursery;

	memset(world, 0, sizeof *world);
	world->random = 1;
	world->chance = (struct bsync_random){fill, world};
	fault_alloc_register();
	fault_vfs_register();
	fault_vfs_seed(1, CRASH_NOW_MS);
	snprintf(world->folder, sizeof world->folder, "%s/buurtsync-crash.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(world->folder) == NULL)
		abort();
	place(world, "daemon", world->store_folder);
	memcpy(world->store_path, world->store_folder, sizeof world->store_path);
	memcpy(world->store_path + strlen(world->store_path), "/store.db", sizeof "/store.db");
	world->disk = fault_disk_new(world->store_folder);
	disks[0] = world->disk;
	folders[0] = world->store_folder;
	nursery_make(&nursery, &plan);
	world->store_key = nursery.store_key;
	fault_disk_put(world->disk, world->store_path, nursery.store.data, nursery.store.size);
	for (uint32_t i = 0; i < CRASH_DEVICES; i++)
		make_device(world, &nursery.devices[i], i);
	nursery_clear(&nursery);
	crash_must(crash_server_open(world), "open server");
}

void crash_world_close(struct crash_world *world)
{
	for (int i = 0; i < CRASH_DEVICES; i++)
		crash_device_close(&world->devices[i]);
	crash_server_close(world);
}

void crash_world_free(struct crash_world *world)
{
	crash_world_close(world);
	for (int i = 0; i < CRASH_DISKS; i++) {
		const char *folder = i == 0 ? world->store_folder : world->devices[i - 1].folder;

		fault_disk_free(disks[i]);
		disks[i] = NULL;
		rmdir(folder);
	}
	rmdir(world->folder);
	for (int i = 0; i < CRASH_DEVICES; i++)
		bsync_buffer_clear(&world->devices[i].public_key);
}
