#include "tests/support/sdk_scene.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/store/device.h"
#include "client-sdk/surroundings.h"
#include "core/tls.h"
#include "tests/support/device_scene.h"
#include "tests/support/organisation.h"

static enum bsync_result create(const char *dir, const char *address, struct organisation *organisation,
				struct organisation_member *device, struct bsync_buffer *private_key)
{
	struct bsync_surroundings surroundings = bsync_surroundings_of_system();
	struct bsync_enrolled enrolled = {
		.organisation = organisation->id,
		.organisation_name = bsync_bytes_of_string("Proef"),
		.worker_name = bsync_bytes_of_string("Anna"),
		.certificate = bsync_buffer_bytes(&device->certificate),
		.ca = bsync_buffer_bytes(&organisation->ca.certificate),
		.incarnation = 1,
		.server_ms = ORGANISATION_NOW_MS,
		.schema_version = 1,
	};
	struct bsync_schema_text text = {bsync_bytes_of_string("0001_proef.sql"),
					 bsync_bytes_of_string(device_scene_schema)};
	const struct bsync_schema_files files = {.version = 1, .count = 1, .files = &text};
	char path[SDK_SCENE_DIR_SIZE + 20];
	memset(enrolled.device.bytes, 0xd1, BSYNC_ID_SIZE);
	memset(enrolled.worker.bytes, 0x11, BSYNC_ID_SIZE);
	memset(enrolled.seal_key, 9, sizeof enrolled.seal_key);
	const struct bsync_file_birth birth = {
		.enrolled = &enrolled,
		.schema = &files,
		.private_key = bsync_buffer_bytes(private_key),
		.address = address,
	};
	snprintf(path, sizeof path, "%s/device.db", dir);
	return bsync_file_create(path, &birth, &surroundings);
}

bool sdk_scene_make(struct sdk_scene *scene, const char *address)
{
	const char *root = getenv("TMPDIR");
	struct organisation organisation;
	struct organisation_member device = {.key = NULL};
	struct bsync_buffer private_key;
	uint8_t id[16];
	memset(id, 0xd1, sizeof id);
	bsync_buffer_init(&private_key, 1024);
	snprintf(scene->dir, sizeof scene->dir, "%s/bsync-sdk-%s", root != NULL ? root : "/tmp", "XXXXXX");
	enum bsync_result result = mkdtemp(scene->dir) != NULL ? bsync_tls_library_init() : BSYNC_IO;
	if (result == BSYNC_OK)
		result = organisation_make(3, &organisation);
	if (result == BSYNC_OK)
		result = organisation_device(&organisation, id, &device);
	if (result == BSYNC_OK)
		result = bsync_signing_key_export(device.key, &private_key);
	if (result == BSYNC_OK)
		result = create(scene->dir, address, &organisation, &device, &private_key);
	bsync_buffer_wipe(&private_key);
	organisation_member_free(&device);
	organisation_member_free(&organisation.ca);
	if (result != BSYNC_OK)
		printf("  sdk scene: %s\n", bsync_result_text(result));
	return result == BSYNC_OK;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

void sdk_scene_clear(struct sdk_scene *scene)
{
	nftw(scene->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
