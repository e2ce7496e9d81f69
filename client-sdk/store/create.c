#include "client-sdk/store/device.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client-sdk/store/line.h"
#include "client-sdk/store/schema.h"

enum { ARENA_MAX = 8 << 20, PAGE_SIZE = 4096 };

/* The first line with its key epoch. */
static enum bsync_result line_make(struct bsync_file *file, const struct bsync_file_birth *birth)
{
	const struct bsync_random *random = &file->surroundings.random;
	struct bsync_signing_key *key = NULL;
	struct bsync_seal_context sealing = {
		.organisation = birth->enrolled->organisation,
		.device = birth->enrolled->device,
		.author = birth->enrolled->worker,
		.epoch = 1,
	};
	enum bsync_result result = bsync_signing_key_parse(birth->private_key, &key);

	if (result == BSYNC_OK && random->fill(random->context, sealing.line.bytes, BSYNC_ID_SIZE) != 0)
		result = BSYNC_RANDOM;
	if (result == BSYNC_OK)
		result = bsync_line_add(file, &sealing, birth->enrolled->seal_key, key, 1);
	bsync_signing_key_free(key);
	return result;
}

static struct bsync_value blob_of(const void *data, size_t size)
{
	return bsync_value_blob((struct bsync_bytes){.data = data, .size = size});
}

static enum bsync_result identity_write(struct bsync_file *file, const struct bsync_file_birth *birth)
{
	const struct bsync_enrolled *enrolled = birth->enrolled;
	const struct {
		const char *name;
		struct bsync_value value;
	} facts[] = {
		{"device", blob_of(enrolled->device.bytes, BSYNC_ID_SIZE)},
		{"worker", blob_of(enrolled->worker.bytes, BSYNC_ID_SIZE)},
		{"organisation", blob_of(enrolled->organisation.bytes, BSYNC_ID_SIZE)},
		{"organisation_name", bsync_value_text(enrolled->organisation_name)},
		{"worker_name", bsync_value_text(enrolled->worker_name)},
		{"address", bsync_value_text(bsync_bytes_of_string(birth->address))},
		{"certificate", bsync_value_blob(enrolled->certificate)},
		{"ca", bsync_value_blob(enrolled->ca)},
		{"private_key", bsync_value_blob(birth->private_key)},
		{"seal_key", blob_of(enrolled->seal_key, sizeof(enrolled->seal_key))},
		{"server_share", blob_of(enrolled->server_share, sizeof(enrolled->server_share))},
		{"sync.incarnation", bsync_value_integer(enrolled->incarnation)},
	};
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; result == BSYNC_OK && i < sizeof(facts) / sizeof(facts[0]); i++)
		result = bsync_file_meta_set(file, facts[i].name, &facts[i].value);
	return result;
}

/* The enrolment was an authenticated contact: its time is the first anchor. */
static enum bsync_result anchor_write(struct bsync_file *file, int64_t server_ms)
{
	struct bsync_clock_reading reading = {0};
	enum bsync_result result = BSYNC_OK;

	file->surroundings.clock(file->surroundings.clock_context, &reading);
	const struct {
		const char *name;
		int64_t value;
	} facts[] = {
		{"sync.anchor_server_ms", server_ms},
		{"sync.anchor_wall_ms", reading.wall_ms},
		{"sync.anchor_uptime_ms", reading.uptime_ms},
		{"sync.anchor_boot", (int64_t)reading.boot},
		{"sync.drift_ms", bsync_clock_drift(reading.wall_ms, server_ms)},
	};
	for (size_t i = 0; result == BSYNC_OK && i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct bsync_value value = bsync_value_integer(facts[i].value);

		result = bsync_file_meta_set(file, facts[i].name, &value);
	}
	return result;
}

static enum bsync_result contents_write(struct bsync_file *file, const struct bsync_file_birth *birth)
{
	struct bsync_schema_source source = {0};
	struct bsync_schema *schema = NULL;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, ARENA_MAX);
	if (result == BSYNC_OK)
		result = bsync_schema_source_of(birth->schema, &arena, &source);
	if (result == BSYNC_OK)
		result = bsync_schema_compile(&source, &schema, NULL);
	if (result == BSYNC_OK)
		result = bsync_migrate(&file->db, "client", bsync_embedded_client, bsync_embedded_client_count);
	if (result == BSYNC_OK)
		result = bsync_db_begin(&file->db);
	if (result == BSYNC_OK)
		result = bsync_schema_adopt(file, &source, schema, 0);
	if (result == BSYNC_OK)
		result = identity_write(file, birth);
	if (result == BSYNC_OK)
		result = anchor_write(file, birth->enrolled->server_ms);
	if (result == BSYNC_OK)
		result = line_make(file, birth);
	if (result == BSYNC_OK)
		result = bsync_db_commit(&file->db);
	bsync_schema_free(schema);
	bsync_arena_clear(&arena);
	return result;
}

/* Fills the file at `path`, which only its owner may read; closing the one connection leaves no WAL beside it. */
static enum bsync_result file_fill(const char *path, const struct bsync_file_birth *birth,
				   const struct bsync_surroundings *surroundings)
{
	/* A row of some hundred bytes and its sealed copy fill pages of half this size too soon: a commit of ten rows
	 * would write more of them, and split more, than it saves in bytes. */
	const struct bsync_db_options options = {.mode = BSYNC_DB_READ_WRITE, .page_size = PAGE_SIZE};
	struct bsync_file *file = NULL;
	enum bsync_result result = BSYNC_OK;
	int descriptor = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);

	if (descriptor < 0)
		return BSYNC_IO;
	close(descriptor);
	file = calloc(1, sizeof(*file));
	if (file == NULL)
		return BSYNC_NO_MEMORY;
	file->surroundings = *surroundings;
	result = bsync_db_open(&file->db, path, &options);
	if (result == BSYNC_OK)
		result = bsync_functions_register(file);
	if (result == BSYNC_OK)
		result = contents_write(file, birth);
	if (result == BSYNC_OK)
		result = bsync_db_checkpoint(&file->db, true);
	if (file->db.handle != NULL)
		bsync_db_rollback(&file->db);
	bsync_queries_clear(file);
	bsync_db_close(&file->db);
	free(file);
	return result;
}

/* Makes the directory entry itself durable. */
static enum bsync_result directory_sync(const char *path)
{
	char *directory = strdup(path);
	enum bsync_result result = BSYNC_OK;
	char *slash = NULL;
	int descriptor = -1;

	if (directory == NULL)
		return BSYNC_NO_MEMORY;
	slash = strrchr(directory, '/');
	if (slash != NULL)
		slash[slash == directory ? 1 : 0] = '\0';
	descriptor = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0 || fsync(descriptor) != 0)
		result = BSYNC_IO;
	if (descriptor >= 0)
		close(descriptor);
	free(directory);
	return result;
}

enum bsync_result bsync_file_create(const char *path, const struct bsync_file_birth *birth,
				    const struct bsync_surroundings *surroundings)
{
	enum { SUFFIX_SIZE = 16 };
	size_t size = strlen(path) + SUFFIX_SIZE;
	char *name = malloc(size);
	char *wal = malloc(size);
	enum bsync_result result = BSYNC_OK;

	assert(birth != NULL);
	assert(birth->enrolled != NULL && birth->schema != NULL);
	if (name == NULL || wal == NULL) {
		result = BSYNC_NO_MEMORY;
		goto done;
	}
	if (access(path, F_OK) == 0) {
		result = BSYNC_EXISTS;
		goto done;
	}
	snprintf(name, size, "%s.new", path);
	snprintf(wal, size, "%s.new-wal", path);
	/* What an earlier attempt left is not part of this one. */
	unlink(wal);
	result = file_fill(name, birth, surroundings);
	/* link, unlike rename, does not replace a file that appeared meanwhile. */
	if (result == BSYNC_OK && link(name, path) != 0)
		result = errno == EEXIST ? BSYNC_EXISTS : BSYNC_IO;
	unlink(name);
	unlink(wal);
	if (result == BSYNC_OK)
		result = directory_sync(path);
done:
	free(name);
	free(wal);
	return result;
}
