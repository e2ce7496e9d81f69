#include "daemon/check.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/identity.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/exit.h"
#include "daemon/store/store.h"

enum { CERTIFICATE_MAX = 8192 };

static void print_finding(void *context, const char *text)
{
	(void)context;
	printf("store: %s\n", text);
}

static int check_store(const char *folder, const struct bsync_key *key)
{
	struct bsync_view *view = NULL;
	char path[BSYNC_PATH_SIZE];
	uint32_t findings = 0;
	enum bsync_result result = bsync_disk_path(path, folder, "store.db");

	if (result == BSYNC_OK)
		result = bsync_view_open(path, key, &view);
	if (result == BSYNC_OK) {
		result = bsync_view_check(view, print_finding, NULL, &findings);
		bsync_view_close(view);
	}
	if (result != BSYNC_OK) {
		printf("store: cannot be read: %s\n", bsync_result_text(result));
		return (int)bsync_exit_code(result);
	}
	return findings > 0 ? BSYNC_EXIT_STORAGE : BSYNC_EXIT_DONE;
}

static int check_ca(const char *folder, const struct bsync_key *key)
{
	struct bsync_signing_key *ca_key = NULL;
	struct bsync_buffer certificate;
	enum bsync_result result;

	bsync_buffer_init(&certificate, CERTIFICATE_MAX);
	result = bsync_keyring_ca_certificate(folder, &certificate);
	if (result == BSYNC_OK)
		result = bsync_keyring_ca_key(folder, key, bsync_buffer_bytes(&certificate), &ca_key);
	bsync_signing_key_free(ca_key);
	bsync_buffer_clear(&certificate);
	if (result == BSYNC_OK)
		return BSYNC_EXIT_DONE;
	printf("ca: the key cannot be opened: %s; restore ca.crt and keys/ca.key\n", bsync_result_text(result));
	return BSYNC_EXIT_KEY;
}

static int check_rights(const char *folder)
{
	struct stat facts;

	if (stat(folder, &facts) != 0 || (facts.st_mode & 077) == 0)
		return BSYNC_EXIT_DONE;
	printf("folder: others may read %s: chmod 700 it\n", folder);
	return BSYNC_EXIT_FAILED;
}

int bsync_check(const char *folder, const struct bsync_keyring_source *source)
{
	char error[BSYNC_KEYRING_ERROR_SIZE];
	struct bsync_config config;
	struct bsync_key key;
	int rights;
	int ca;
	int code;

	if (bsync_config_load(&config, folder, error) != BSYNC_OK) {
		fprintf(stderr, "buurtsyncd: %s\n", error);
		return BSYNC_EXIT_CONFIG;
	}
	if (bsync_keyring_open(folder, source, &key, error) != BSYNC_OK) {
		fprintf(stderr, "buurtsyncd: %s\n", error);
		return BSYNC_EXIT_KEY;
	}
	rights = check_rights(folder);
	ca = check_ca(folder, &key);
	code = check_store(folder, &key);
	bsync_key_wipe(&key);
	if (code == BSYNC_EXIT_DONE)
		code = ca != BSYNC_EXIT_DONE ? ca : rights;
	if (code == BSYNC_EXIT_DONE)
		printf("ok\n");
	else
		fprintf(stderr, "buurtsyncd: %s is not in order; what is wrong is listed on standard output\n", folder);
	return code;
}
