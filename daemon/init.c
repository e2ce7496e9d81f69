#include "daemon/init.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/identity.h"
#include "core/schema/folder.h"
#include "daemon/disk.h"
#include "daemon/machine.h"
#include "daemon/store/store.h"

enum { CERTIFICATE_SIZE_MAX = 8192, CONFIG_SIZE_MAX = 16384 };
#define HOUR_MS ((int64_t)3600 * 1000)
#define CA_YEARS_MS (2 * 365 * 24 * HOUR_MS)

static enum bsync_result random_fill(void *out, size_t size)
{
	const struct bsync_random *random = bsync_machine_random();

	return random->fill(random->context, out, size) == 0 ? BSYNC_OK : BSYNC_RANDOM;
}

static enum bsync_result make_ca(const char *folder, const struct bsync_organisation_id *organisation,
				 const struct bsync_key *store_key)
{
	int64_t now_ms = bsync_machine_now_ms();
	struct bsync_certificate_request request = {
		.kind = BSYNC_CERTIFICATE_CA,
		.not_before_ms = now_ms - HOUR_MS,
		.not_after_ms = now_ms + CA_YEARS_MS,
	};
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer public_key;
	struct bsync_buffer certificate;
	enum bsync_result result;

	memcpy(request.id, organisation->bytes, sizeof request.id);
	bsync_buffer_init(&public_key, CERTIFICATE_SIZE_MAX);
	bsync_buffer_init(&certificate, CERTIFICATE_SIZE_MAX);
	result = random_fill(request.serial, sizeof request.serial);
	if (result == BSYNC_OK)
		result = bsync_signing_key_make(bsync_machine_random(), &key);
	if (result == BSYNC_OK)
		result = bsync_signing_key_public(key, &public_key);
	request.public_key = bsync_buffer_bytes(&public_key);
	if (result == BSYNC_OK)
		result = bsync_certificate_issue(&request, key, (struct bsync_bytes){NULL, 0}, &certificate);
	if (result == BSYNC_OK)
		result = bsync_keyring_ca_put(folder, store_key, key, bsync_buffer_bytes(&certificate));
	bsync_signing_key_free(key);
	bsync_buffer_clear(&certificate);
	bsync_buffer_clear(&public_key);
	return result;
}

static enum bsync_result make_store(const char *folder, const struct bsync_init_request *request,
				    const struct bsync_schema_source *schema,
				    const struct bsync_organisation_id *organisation, const struct bsync_key *store_key)
{
	struct bsync_store_birth birth = {
		.organisation = *organisation,
		.name = request->name,
		.schema = *schema,
		.now_ms = bsync_machine_now_ms(),
	};
	char path[BSYNC_PATH_SIZE];
	enum bsync_result result = bsync_disk_path(path, folder, "store.db");

	return result == BSYNC_OK ? bsync_store_create(path, &birth, store_key, bsync_machine_random()) : result;
}

static enum bsync_result make_config(const char *folder, const struct bsync_config *config)
{
	static const char head[] = "# Options of buurtsyncd.  A line that begins with # is at its default.\n";
	char path[BSYNC_PATH_SIZE];
	struct bsync_buffer text;
	enum bsync_result result;

	bsync_buffer_init(&text, CONFIG_SIZE_MAX);
	result = bsync_buffer_append(&text, head, sizeof head - 1);
	if (result == BSYNC_OK)
		result = bsync_config_print(config, &text);
	if (result == BSYNC_OK)
		result = bsync_disk_path(path, folder, BSYNC_CONFIG_FILE);
	if (result == BSYNC_OK)
		result = bsync_disk_create(path, bsync_buffer_bytes(&text));
	bsync_buffer_clear(&text);
	return result;
}

/* Fills `folder`, which is there and empty; the config file comes last, since `run` asks for it first. */
static enum bsync_result populate(const char *folder, const struct bsync_init_request *request,
				  const struct bsync_schema_source *schema, struct bsync_init_outcome *outcome)
{
	char keys[BSYNC_PATH_SIZE];
	struct bsync_key store_key;
	uint8_t random[10];
	enum bsync_result result = bsync_disk_path(keys, folder, "keys");

	if (result == BSYNC_OK)
		result = random_fill(random, sizeof random);
	if (result == BSYNC_OK)
		result = bsync_disk_folder(keys);
	if (result != BSYNC_OK)
		return result;
	bsync_uuid7(bsync_machine_now_ms(), random, outcome->organisation.bytes);
	result = bsync_keyring_make(folder, &request->source, &store_key, &outcome->kind, outcome->error);
	if (result == BSYNC_OK)
		result = make_ca(folder, &outcome->organisation, &store_key);
	if (result == BSYNC_OK)
		result = make_store(folder, request, schema, &outcome->organisation, &store_key);
	if (result == BSYNC_OK)
		result = make_config(folder, &request->config);
	if (result == BSYNC_OK)
		result = bsync_disk_sync_folder(folder);
	bsync_key_wipe(&store_key);
	return result;
}

/* Makes the folder beside its place and moves it there whole. */
static enum bsync_result init_new(const struct bsync_init_request *request, const struct bsync_schema_source *schema,
				  struct bsync_init_outcome *outcome)
{
	char stage[BSYNC_PATH_SIZE];
	enum bsync_result result;
	size_t size = strlen(request->folder);

	while (size > 1 && request->folder[size - 1] == '/')
		size--;
	if (snprintf(stage, sizeof stage, "%.*s.new-%ld", (int)size, request->folder, (long)getpid()) >=
	    (int)sizeof stage)
		return BSYNC_TOO_LARGE;
	result = bsync_disk_folder(stage);
	if (result != BSYNC_OK)
		return result;
	result = populate(stage, request, schema, outcome);
	if (result == BSYNC_OK && rename(stage, request->folder) != 0)
		result = BSYNC_IO;
	if (result != BSYNC_OK)
		bsync_disk_remove(stage);
	return result;
}

/* An empty folder that is there already, such as one systemd has made, is filled in place. */
static enum bsync_result init_in_place(const struct bsync_init_request *request,
				       const struct bsync_schema_source *schema, struct bsync_init_outcome *outcome)
{
	static const char *const names[] = {BSYNC_CONFIG_FILE, "store.db",  "store.db-wal",
					    "store.db-shm",    "store.key", "ca.crt"};
	char path[BSYNC_PATH_SIZE];
	enum bsync_result result;

	if (chmod(request->folder, 0700) != 0)
		return BSYNC_IO;
	result = populate(request->folder, request, schema, outcome);
	if (result == BSYNC_OK)
		return BSYNC_OK;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (bsync_disk_path(path, request->folder, names[i]) == BSYNC_OK)
			unlink(path);
	}
	if (bsync_disk_path(path, request->folder, "keys") == BSYNC_OK)
		bsync_disk_remove(path);
	return result;
}

enum bsync_result bsync_init(const struct bsync_init_request *request, struct bsync_init_outcome *outcome)
{
	struct bsync_schema_folder folder = {0};
	struct bsync_schema_report report = {0};
	struct bsync_schema *schema = NULL;
	enum bsync_result result;

	outcome->error[0] = '\0';
	if (bsync_disk_exists(request->folder) && !bsync_disk_is_empty_folder(request->folder)) {
		snprintf(outcome->error, sizeof outcome->error,
			 "%.150s is not empty: init begins a new store, name another folder", request->folder);
		return BSYNC_EXISTS;
	}
	result = bsync_schema_load(request->schema, &folder, &schema, &report);
	if (result != BSYNC_OK) {
		bsync_schema_report_print(&report, request->schema, stderr);
		snprintf(outcome->error, sizeof outcome->error, "the schema in %.150s will not do: %s", request->schema,
			 bsync_result_text(result));
	} else if (bsync_disk_exists(request->folder)) {
		result = init_in_place(request, &folder.source, outcome);
	} else {
		result = init_new(request, &folder.source, outcome);
	}
	if (result != BSYNC_OK && outcome->error[0] == '\0')
		snprintf(outcome->error, sizeof outcome->error, "cannot make a store in %.150s: %s", request->folder,
			 bsync_result_text(result));
	bsync_schema_free(schema);
	bsync_schema_report_clear(&report);
	if (folder.files != NULL)
		bsync_schema_folder_clear(&folder);
	return result;
}
