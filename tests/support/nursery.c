#include "tests/support/nursery.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client-sdk/store/device.h"
#include "core/identity.h"
#include "core/schema/folder.h"
#include "tests/support/dutch.h"

enum { FILE_SIZE_MAX = 16 << 20, KEY_SIZE_MAX = 1000, SCHEMA_FILES_MAX = 64, PATH_SIZE = 200, DAY_MS = 86400000 };

/* The making of one: a store that is open, and what its devices need. */
struct making {
	const struct nursery_plan *plan;
	uint64_t random;
	struct bsync_random chance;
	struct bsync_surroundings surroundings;
	struct bsync_schema_folder folder;
	struct bsync_store *store;
	char dir[PATH_SIZE];
};

static void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "nursery: %s: %s\n", what, bsync_result_text(result));
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
	const struct making *making = context;

	*reading = (struct bsync_clock_reading){.wall_ms = making->plan->now_ms, .uptime_ms = 60000, .boot = 1};
}

/* Moves a file into memory. */
static void file_take(const char *path, struct bsync_buffer *out)
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

static void file_make(struct making *making, struct seedling *seedling, const char *worker, struct bsync_bytes key,
		      bool is_old)
{
	static struct bsync_schema_text texts[SCHEMA_FILES_MAX];
	const struct bsync_store_facts *facts = bsync_store_facts(making->store);
	const struct bsync_schema_source *source = &making->folder.source;
	const struct bsync_schema_files schema = {
		.version = is_old ? 1 : bsync_store_schema(making->store)->version,
		.dictionary = source->dictionary,
		.count = is_old ? 1 : (uint32_t)source->file_count,
		.files = texts,
	};
	struct bsync_enrolled enrolled = {
		.device = seedling->id,
		.worker = seedling->worker,
		.organisation = facts->organisation,
		.organisation_name = bsync_bytes_of_string(making->plan->name),
		.worker_name = bsync_bytes_of_string(worker),
		.certificate = bsync_bytes_of_string("certificate"),
		.ca = bsync_bytes_of_string("ca"),
		.incarnation = facts->incarnation,
		.server_ms = making->plan->now_ms,
		.schema_version = schema.version,
	};
	char path[PATH_SIZE + 20], address[PATH_SIZE];

	assert(source->file_count <= SCHEMA_FILES_MAX);
	for (uint32_t i = 0; i < schema.count; i++) {
		texts[i].name = bsync_bytes_of_string(source->files[i].name);
		texts[i].sql = source->files[i].sql;
	}
	memcpy(enrolled.seal_key, facts->seal_public, sizeof enrolled.seal_key);
	snprintf(address, sizeof address, "%s:1", making->plan->name);
	const struct bsync_file_birth birth = {
		.enrolled = &enrolled, .schema = &schema, .private_key = key, .address = address};
	snprintf(path, sizeof path, "%s/device.db", making->dir);
	must(bsync_file_create(path, &birth, &making->surroundings), "device file");
	file_take(path, &seedling->file);
}

static const char *team_of(const struct nursery_plan *plan, uint32_t number)
{
	return plan->teams != NULL && plan->teams[number] != NULL ? plan->teams[number] : "team";
}

/* Each once, in the order of the workers. */
static void teams_add(struct making *making)
{
	const struct nursery_plan *plan = making->plan;
	uint8_t team[16];

	for (uint32_t i = 0; i < plan->device_count; i++) {
		uint32_t first = 0;

		while (strcmp(team_of(plan, first), team_of(plan, i)) != 0)
			first++;
		if (first == i)
			must(bsync_store_team_add(making->store, team_of(plan, i), plan->now_ms, team), "team");
	}
}

static void enrol(struct making *making, struct seedling *seedling, uint32_t number)
{
	const struct nursery_plan *plan = making->plan;
	char name[40];
	uint8_t secret[16], share[32] = {0};
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer der;
	struct bsync_touched touched;

	bsync_buffer_init(&der, KEY_SIZE_MAX);
	bsync_buffer_init(&seedling->public_key, KEY_SIZE_MAX);
	if (plan->workers != NULL)
		snprintf(name, sizeof name, "%s", plan->workers[number]);
	else
		snprintf(name, sizeof name, "worker %u", number);
	must(bsync_store_group_begin(making->store), "begin");
	must(bsync_store_worker_add(making->store, name, team_of(plan, number),
				    plan->roles != NULL ? plan->roles[number] : NULL, plan->now_ms, &seedling->worker),
	     "worker");
	must(bsync_store_code_create(making->store, &seedling->worker, plan->now_ms, plan->now_ms + DAY_MS, secret),
	     "code");
	must(bsync_signing_key_make(&making->chance, &key), "key");
	must(bsync_signing_key_export(key, &der), "export");
	must(bsync_signing_key_public(key, &seedling->public_key), "public key");
	struct bsync_device record = {.worker = seedling->worker, .public_key_size = seedling->public_key.size};
	fill(making, record.id.bytes, BSYNC_ID_SIZE);
	fill(making, record.certificate.bytes, BSYNC_DIGEST_SIZE);
	memcpy(record.public_key, seedling->public_key.data, seedling->public_key.size);
	seedling->id = record.id;
	must(bsync_store_device_add(making->store, secret, &record, share, plan->now_ms), "device");
	must(bsync_store_group_commit(making->store, &touched), "commit");
	file_make(making, seedling, name, bsync_buffer_bytes(&der),
		  plan->has_old_device && number == plan->device_count - 1);
	bsync_signing_key_free(key);
	bsync_buffer_wipe(&der);
}

void nursery_make(struct nursery *nursery, const struct nursery_plan *plan)
{
	struct making making = {.plan = plan, .random = plan->random};
	char path[PATH_SIZE + 20];
	struct bsync_touched touched;

	assert(plan->device_count > 0 && plan->device_count <= NURSERY_DEVICES_MAX);
	memset(nursery, 0, sizeof *nursery);
	making.chance = (struct bsync_random){fill, &making};
	making.surroundings = (struct bsync_surroundings){making.chance, read_clock, &making};
	snprintf(making.dir, sizeof making.dir, "%s/buurtsync-nursery.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(making.dir) == NULL)
		abort();
	snprintf(path, sizeof path, "%s/%.100s", BSYNC_SOURCE_DIR, plan->schema);
	must(bsync_schema_folder_read(path, &making.folder), path);
	struct bsync_store_birth birth = {.name = plan->name, .schema = making.folder.source, .now_ms = plan->now_ms};
	fill(&making, nursery->store_key.bytes, sizeof nursery->store_key.bytes);
	fill(&making, birth.organisation.bytes, BSYNC_ID_SIZE);
	snprintf(path, sizeof path, "%s/store.db", making.dir);
	must(bsync_store_create(path, &birth, &nursery->store_key, &making.chance), "create");
	must(bsync_store_open(path, &nursery->store_key, &making.chance, &making.store), "open");
	must(bsync_store_group_begin(making.store), "begin");
	teams_add(&making);
	must(bsync_store_group_commit(making.store, &touched), "commit");
	for (uint32_t i = 0; i < plan->device_count; i++)
		enrol(&making, &nursery->devices[i], i);
	bsync_store_close(making.store);
	file_take(path, &nursery->store);
	bsync_schema_folder_clear(&making.folder);
	snprintf(path, sizeof path, "%s/store.lock", making.dir);
	unlink(path);
	rmdir(making.dir);
}

void nursery_clear(struct nursery *nursery)
{
	bsync_buffer_clear(&nursery->store);
	for (uint32_t i = 0; i < NURSERY_DEVICES_MAX; i++) {
		bsync_buffer_clear(&nursery->devices[i].file);
		bsync_buffer_clear(&nursery->devices[i].public_key);
	}
}
