#include "tests/sim/nursery.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/identity.h"
#include "core/schema/folder.h"
#include "tests/support/dutch.h"

enum { NURSERIES = 4, FILE_SIZE_MAX = 16 << 20 };

/* A device as it left its enrolment. */
struct seedling {
	struct bsync_device_id id;
	struct bsync_worker_id worker;
	struct bsync_buffer file, public_key;
};

struct nursery {
	bool is_made;
	struct bsync_key store_key;
	struct bsync_buffer store;
	struct seedling devices[WORLD_DEVICES_MAX];
};

/* The making of one: a store that is open, and what its devices need. */
struct making {
	uint64_t random;
	struct bsync_random chance;
	struct bsync_surroundings surroundings;
	struct bsync_schema_folder folder;
	struct bsync_store *store;
	const char *dir;
};

static void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "sim: nursery: %s: %s\n", what, bsync_result_text(result));
	abort();
}

static int fill(void *context, uint8_t *out, size_t size)
{
	struct making *making = context;
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)dutch_random(&making->random);
	return 0;
}

static void read_clock(void *context, struct bsync_clock_reading *reading)
{
	(void)context;
	*reading = (struct bsync_clock_reading){.wall_ms = WORLD_START_MS, .uptime_ms = 60000, .boot = 1};
}

static void file_read(const char *path, struct bsync_buffer *out)
{
	uint8_t bytes[65536];
	FILE *file = fopen(path, "rb");
	bsync_buffer_init(out, FILE_SIZE_MAX);
	if (file == NULL)
		abort();
	for (size_t size; (size = fread(bytes, 1, sizeof bytes, file)) > 0;)
		must(bsync_buffer_append(out, bytes, size), path);
	fclose(file);
	unlink(path);
}

static void schema_files(const struct making *making, struct bsync_schema_files *files)
{
	static struct bsync_schema_text texts[64];
	const struct bsync_schema_source *source = &making->folder.source;
	assert(source->file_count <= 64);
	*files = (struct bsync_schema_files){
		.version = bsync_store_schema(making->store)->version,
		.dictionary = source->dictionary,
		.count = (uint32_t)source->file_count,
		.files = texts,
	};
	for (uint32_t i = 0; i < files->count; i++) {
		texts[i].name = bsync_bytes_of_string(source->files[i].name);
		texts[i].sql = source->files[i].sql;
	}
}

static void file_make(struct making *making, struct seedling *seedling, const char *name, struct bsync_bytes key)
{
	const struct bsync_store_facts *facts = bsync_store_facts(making->store);
	char path[WORLD_PATH_SIZE];
	struct bsync_enrolled enrolled = {
		.device = seedling->id,
		.worker = seedling->worker,
		.organisation = facts->organisation,
		.organisation_name = bsync_bytes_of_string("sim"),
		.worker_name = bsync_bytes_of_string(name),
		.certificate = bsync_bytes_of_string("certificate"),
		.ca = bsync_bytes_of_string("ca"),
		.incarnation = facts->incarnation,
		.server_ms = WORLD_START_MS,
		.schema_version = bsync_store_schema(making->store)->version,
	};
	struct bsync_schema_files files;
	memcpy(enrolled.seal_key, facts->seal_public, sizeof enrolled.seal_key);
	schema_files(making, &files);
	struct bsync_file_birth birth = {
		.enrolled = &enrolled, .schema = &files, .private_key = key, .address = "sim:1"};
	snprintf(path, sizeof path, "%.150s/device.db", making->dir);
	must(bsync_file_create(path, &birth, &making->surroundings), "device file");
	file_read(path, &seedling->file);
}

/* By how high they are. */
static const char *const roles[] = {NULL, "lid", "leider"};

uint32_t nursery_role(uint32_t number)
{
	return number % 3;
}

static void enrol(struct making *making, struct seedling *seedling, uint32_t number)
{
	char name[40];
	uint8_t secret[16], share[32] = {0};
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer der;
	struct bsync_touched touched;
	bsync_buffer_init(&der, 1000);
	bsync_buffer_init(&seedling->public_key, 1000);
	snprintf(name, sizeof name, "worker %u", number);
	must(bsync_store_group_begin(making->store), "begin");
	must(bsync_store_worker_add(making->store, name, "team", roles[nursery_role(number)], WORLD_START_MS,
				    &seedling->worker),
	     "worker");
	must(bsync_store_code_create(making->store, &seedling->worker, WORLD_START_MS, WORLD_START_MS + 86400000,
				     secret),
	     "code");
	must(bsync_signing_key_make(&making->chance, &key), "key");
	must(bsync_signing_key_export(key, &der), "export");
	must(bsync_signing_key_public(key, &seedling->public_key), "public key");
	struct bsync_device record = {.worker = seedling->worker, .public_key_size = seedling->public_key.size};
	fill(making, record.id.bytes, BSYNC_ID_SIZE);
	fill(making, record.certificate.bytes, BSYNC_DIGEST_SIZE);
	memcpy(record.public_key, seedling->public_key.data, seedling->public_key.size);
	seedling->id = record.id;
	must(bsync_store_device_add(making->store, secret, &record, share, WORLD_START_MS), "device");
	must(bsync_store_group_commit(making->store, &touched), "commit");
	file_make(making, seedling, name, bsync_buffer_bytes(&der));
	bsync_signing_key_free(key);
	bsync_buffer_wipe(&der);
}

static void make(struct nursery *nursery, uint64_t number, const char *dir)
{
	struct making making = {.random = 1000 + number, .dir = dir};
	char path[WORLD_PATH_SIZE];
	uint8_t team[16];
	struct bsync_touched touched;
	making.chance = (struct bsync_random){fill, &making};
	making.surroundings = (struct bsync_surroundings){making.chance, read_clock, NULL};
	must(bsync_schema_folder_read(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &making.folder), "schema");
	struct bsync_store_birth birth = {.name = "sim", .schema = making.folder.source, .now_ms = WORLD_START_MS};
	fill(&making, nursery->store_key.bytes, sizeof nursery->store_key.bytes);
	fill(&making, birth.organisation.bytes, BSYNC_ID_SIZE);
	snprintf(path, sizeof path, "%.150s/store.db", dir);
	must(bsync_store_create(path, &birth, &nursery->store_key, &making.chance), "create");
	must(bsync_store_open(path, &nursery->store_key, &making.chance, &making.store), "open");
	must(bsync_store_group_begin(making.store), "begin");
	must(bsync_store_team_add(making.store, "team", WORLD_START_MS, team), "team");
	must(bsync_store_group_commit(making.store, &touched), "commit");
	for (uint32_t i = 0; i < WORLD_DEVICES_MAX; i++)
		enrol(&making, &nursery->devices[i], i);
	bsync_store_close(making.store);
	file_read(path, &nursery->store);
	bsync_schema_folder_clear(&making.folder);
	nursery->is_made = true;
}

void nursery_copy(struct world *world)
{
	static struct nursery nurseries[NURSERIES];
	struct nursery *nursery = &nurseries[world->seed % NURSERIES];
	if (!nursery->is_made) {
		char dir[WORLD_PATH_SIZE], lock[WORLD_PATH_SIZE + 20];
		snprintf(dir, sizeof dir, "%s/buurtsync-nursery.XXXXXX",
			 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		if (mkdtemp(dir) == NULL)
			abort();
		make(nursery, world->seed % NURSERIES, dir);
		snprintf(lock, sizeof lock, "%s/store.lock", dir);
		unlink(lock);
		rmdir(dir);
	}
	world->store_key = nursery->store_key;
	fault_disk_put(world->disk, world->store_path, nursery->store.data, nursery->store.size);
	for (uint32_t i = 0; i < world->device_count; i++) {
		struct world_device *device = &world->devices[i];
		device->id = nursery->devices[i].id;
		device->worker = nursery->devices[i].worker;
		must(bsync_verify_key_parse(bsync_buffer_bytes(&nursery->devices[i].public_key), &device->key),
		     "public key");
		fault_disk_put(device->disk, device->path, nursery->devices[i].file.data,
			       nursery->devices[i].file.size);
	}
}
