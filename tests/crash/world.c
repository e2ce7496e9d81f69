#include "tests/crash/world.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/identity.h"
#include "core/schema/folder.h"
#include "daemon/machine.h"
#include "tests/support/dutch.h"
#include "tests/support/fault_alloc.h"

/* The disks there are, for the calls on files that do not go through SQLite. */
static struct fault_disk *disks[CRASH_DISKS];
static const char *folders[CRASH_DISKS];

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __real_link(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_link(const char *from, const char *to);
int __wrap_unlink(const char *path);
int64_t __wrap_bsync_machine_now_ms(void);

/* A file is made empty, then filled, then gets its name (client-sdk/store/create.c): the disks in memory follow. */
int __wrap_open(const char *path, int flags, mode_t mode)
{
	int descriptor = __real_open(path, flags, mode);

	for (int i = 0; descriptor >= 0 && (flags & O_CREAT) != 0 && i < CRASH_DISKS; i++) {
		size_t length = disks[i] != NULL ? strlen(folders[i]) : 0;

		if (length != 0 && strncmp(path, folders[i], length) == 0 && path[length] == '/')
			fault_disk_put(disks[i], path, "", 0);
	}
	return descriptor;
}

/* It has been synced and closed by then. */
int __wrap_link(const char *from, const char *to)
{
	int status = __real_link(from, to);

	for (int i = 0; status == 0 && i < CRASH_DISKS; i++) {
		size_t size = 0;
		const uint8_t *data = disks[i] != NULL ? fault_disk_file(disks[i], from, &size) : NULL;

		if (data != NULL)
			fault_disk_put(disks[i], to, data, size);
	}
	return status;
}

int __wrap_unlink(const char *path)
{
	for (int i = 0; i < CRASH_DISKS; i++) {
		size_t size = 0;

		if (disks[i] != NULL && fault_disk_file(disks[i], path, &size) != NULL)
			fault_disk_remove(disks[i], path);
	}
	return __real_unlink(path);
}

int64_t __wrap_bsync_machine_now_ms(void)
{
	return CRASH_NOW_MS;
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

static void make_store(struct crash_world *world, const struct bsync_schema_source *source)
{
	struct bsync_store_birth birth = {.name = "crash", .schema = *source, .now_ms = CRASH_NOW_MS};
	struct bsync_touched touched;
	uint8_t team[16];

	fill(world, world->store_key.bytes, sizeof world->store_key.bytes);
	fill(world, birth.organisation.bytes, BSYNC_ID_SIZE);
	crash_must(bsync_store_create(world->store_path, &birth, &world->store_key, &world->chance), "store");
	crash_must(bsync_store_open(world->store_path, &world->store_key, &world->chance, &world->store), "open store");
	crash_must(bsync_store_group_begin(world->store), "begin");
	crash_must(bsync_store_team_add(world->store, "team", CRASH_NOW_MS, team), "team");
	crash_must(bsync_store_group_commit(world->store, &touched), "commit");
}

static void make_file(struct crash_device *device, const struct bsync_schema_files *schema)
{
	struct crash_world *world = device->world;
	const struct bsync_store_facts *facts = bsync_store_facts(world->store);
	struct bsync_enrolled enrolled = {
		.device = device->id,
		.worker = device->worker,
		.organisation = facts->organisation,
		.organisation_name = bsync_bytes_of_string("crash"),
		.worker_name = bsync_bytes_of_string("worker"),
		.certificate = bsync_bytes_of_string("certificate"),
		.ca = bsync_bytes_of_string("ca"),
		.incarnation = facts->incarnation,
		.server_ms = CRASH_NOW_MS,
		.schema_version = schema->version,
	};
	struct bsync_file_birth birth = {.enrolled = &enrolled,
					 .schema = schema,
					 .private_key = bsync_buffer_bytes(&device->private_key),
					 .address = "crash:1"};

	memcpy(enrolled.seal_key, facts->seal_public, sizeof enrolled.seal_key);
	crash_must(bsync_file_create(device->path, &birth, &device->surroundings), "device file");
}

static void make_device(struct crash_world *world, uint32_t number)
{
	struct crash_device *device = &world->devices[number];
	struct bsync_signing_key *key = NULL;
	struct bsync_device record = {0};
	struct bsync_touched touched;
	uint8_t secret[16], share[32] = {0};
	char name[20];

	device->world = world;
	device->surroundings = (struct bsync_surroundings){world->chance, read_clock, NULL};
	snprintf(name, sizeof name, "device%u", number);
	place(world, name, device->folder);
	memcpy(device->path, device->folder, sizeof device->path);
	memcpy(device->path + strlen(device->path), "/device.db", sizeof "/device.db");
	device->disk = fault_disk_new(device->folder);
	disks[number + 1] = device->disk;
	folders[number + 1] = device->folder;
	bsync_buffer_init(&device->public_key, 1000);
	bsync_buffer_init(&device->private_key, 1000);
	crash_must(bsync_signing_key_make(&world->chance, &key), "key");
	crash_must(bsync_signing_key_export(key, &device->private_key), "export");
	crash_must(bsync_signing_key_public(key, &device->public_key), "public key");
	bsync_signing_key_free(key);
	crash_must(bsync_store_group_begin(world->store), "begin");
	crash_must(bsync_store_worker_add(world->store, name, "team", NULL, CRASH_NOW_MS, &device->worker), "worker");
	crash_must(
		bsync_store_code_create(world->store, &device->worker, CRASH_NOW_MS, CRASH_NOW_MS + 86400000, secret),
		"code");
	record.worker = device->worker;
	record.public_key_size = device->public_key.size;
	memcpy(record.public_key, device->public_key.data, device->public_key.size);
	fill(world, record.id.bytes, BSYNC_ID_SIZE);
	fill(world, record.certificate.bytes, BSYNC_DIGEST_SIZE);
	device->id = record.id;
	crash_must(bsync_store_device_add(world->store, secret, &record, share, CRASH_NOW_MS), "device");
	crash_must(bsync_store_group_commit(world->store, &touched), "commit");
}

void crash_world_make(struct crash_world *world, bool has_old_device)
{
	static struct bsync_schema_folder folder;
	struct bsync_schema_files old;

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
	crash_must(bsync_schema_folder_read(BSYNC_SOURCE_DIR "/tests/schemas/kring", &folder), "schema");
	make_store(world, &folder.source);
	world->schema = (struct bsync_schema_files){
		.version = bsync_store_schema(world->store)->version, .count = 2, .files = world->texts};
	assert(folder.source.file_count == 2);
	for (uint32_t i = 0; i < 2; i++) {
		world->texts[i].name = bsync_bytes_of_string(folder.source.files[i].name);
		world->texts[i].sql = folder.source.files[i].sql;
	}
	old = world->schema;
	old.count = 1;
	old.version = 1;
	for (uint32_t i = 0; i < CRASH_DEVICES; i++) {
		make_device(world, i);
		make_file(&world->devices[i], has_old_device && i == 1 ? &old : &world->schema);
		crash_must(crash_device_open(&world->devices[i]), "open device");
	}
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
	static const char *const leftovers[] = {"store.lock", "device.db", "store.db"};
	char path[CRASH_PATH_SIZE + 20];

	crash_world_close(world);
	for (int i = 0; i < CRASH_DISKS; i++) {
		const char *folder = i == 0 ? world->store_folder : world->devices[i - 1].folder;

		fault_disk_free(disks[i]);
		disks[i] = NULL;
		for (size_t file = 0; file < sizeof leftovers / sizeof leftovers[0]; file++) {
			snprintf(path, sizeof path, "%s/%s", folder, leftovers[file]);
			__real_unlink(path);
		}
		rmdir(folder);
	}
	rmdir(world->folder);
	for (int i = 0; i < CRASH_DEVICES; i++) {
		bsync_buffer_clear(&world->devices[i].public_key);
		bsync_buffer_clear(&world->devices[i].private_key);
	}
}
