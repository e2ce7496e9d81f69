/* The store key, the CA key and the process that holds it. */
#include "tests/support/harness.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/identity.h"
#include "daemon/disk.h"
#include "daemon/keyring.h"
#include "daemon/machine.h"
#include "daemon/signer.h"

static char folder[] = "/tmp/buurtsync-keyring.XXXXXX";
static char error[BSYNC_KEYRING_ERROR_SIZE];

static const char *path_of(const char *name)
{
	static char path[BSYNC_PATH_SIZE];

	return bsync_disk_path(path, folder, name) == BSYNC_OK ? path : "";
}

static void begin(void)
{
	snprintf(folder, sizeof folder, "%s", "/tmp/buurtsync-keyring.XXXXXX");
	if (mkdtemp(folder) == NULL || bsync_disk_folder(path_of("keys")) != BSYNC_OK)
		abort();
	unsetenv("BUURTSYNC_PASSPHRASE");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void write_file(const char *name, const char *text)
{
	unlink(path_of(name));
	if (bsync_disk_create(path_of(name), bsync_bytes_of_string(text)) != BSYNC_OK)
		abort();
}

TEST(without_anything_the_key_lies_beside_the_store_readable_by_the_owner_only)
{
	const struct bsync_keyring_source none = {NULL, NULL};
	enum bsync_keyring_kind kind;
	struct bsync_key made;
	struct bsync_key opened;
	struct stat facts;

	begin();
	CHECK_EQ(bsync_keyring_make(folder, &none, &made, &kind, error), BSYNC_OK);
	CHECK_EQ(kind, BSYNC_KEYRING_BESIDE);
	CHECK_EQ(stat(path_of("store.key"), &facts), 0);
	CHECK_EQ(facts.st_mode & 0777, 0600);
	CHECK_EQ(facts.st_size, 65);
	CHECK_EQ(bsync_keyring_open(folder, &none, &opened, error), BSYNC_OK);
	CHECK_BYTES(opened.bytes, 32, made.bytes, 32);
	write_file("store.key", "not a key");
	CHECK_EQ(bsync_keyring_open(folder, &none, &opened, error), BSYNC_KEY);
	unlink(path_of("store.key"));
	CHECK_EQ(bsync_keyring_open(folder, &none, &opened, error), BSYNC_KEY);
	bsync_disk_remove(folder);
}

TEST(a_passphrase_seals_the_key_and_only_it_opens)
{
	const struct bsync_keyring_source none = {NULL, NULL};
	struct bsync_keyring_source file = {NULL, NULL};
	char passphrase[BSYNC_PATH_SIZE];
	enum bsync_keyring_kind kind;
	struct bsync_key made;
	struct bsync_key opened;

	begin();
	setenv("BUURTSYNC_PASSPHRASE", "short", 1);
	CHECK_EQ(bsync_keyring_make(folder, &none, &made, &kind, error), BSYNC_KEY);
	setenv("BUURTSYNC_PASSPHRASE", "vier losse woorden samen", 1);
	CHECK_EQ(bsync_keyring_make(folder, &none, &made, &kind, error), BSYNC_OK);
	CHECK_EQ(kind, BSYNC_KEYRING_PASSPHRASE);
	CHECK(!bsync_disk_exists(path_of("store.key")));
	/* It is gone from the environment once it has been read. */
	CHECK(getenv("BUURTSYNC_PASSPHRASE") == NULL);
	CHECK_EQ(bsync_keyring_open(folder, &none, &opened, error), BSYNC_KEY);
	write_file("passphrase", "vier losse woorden samen\n");
	snprintf(passphrase, sizeof passphrase, "%s", path_of("passphrase"));
	file.passphrase_file = passphrase;
	CHECK_EQ(bsync_keyring_open(folder, &file, &opened, error), BSYNC_OK);
	CHECK_BYTES(opened.bytes, 32, made.bytes, 32);
	write_file("passphrase", "vier losse woorden zamen\n");
	CHECK_EQ(bsync_keyring_open(folder, &file, &opened, error), BSYNC_KEY);
	bsync_disk_remove(folder);
}

TEST(a_key_file_is_made_once_and_used_when_it_is_there)
{
	struct bsync_keyring_source source = {NULL, NULL};
	char path[BSYNC_PATH_SIZE];
	enum bsync_keyring_kind kind;
	struct bsync_key made;
	struct bsync_key again;

	begin();
	snprintf(path, sizeof path, "%s", path_of("elsewhere"));
	source.key_file = path;
	CHECK_EQ(bsync_keyring_make(folder, &source, &made, &kind, error), BSYNC_OK);
	CHECK_EQ(kind, BSYNC_KEYRING_KEY_FILE);
	CHECK_EQ(bsync_keyring_make(folder, &source, &again, &kind, error), BSYNC_OK);
	CHECK_BYTES(again.bytes, 32, made.bytes, 32);
	/* A systemd credential, without any option. */
	rename(path, path_of("store.key"));
	CHECK_EQ(bsync_disk_folder(path_of("credentials")), BSYNC_OK);
	rename(path_of("store.key"), path);
	{
		char credential[BSYNC_PATH_SIZE];

		snprintf(credential, sizeof credential, "%s/store.key", path_of("credentials"));
		CHECK_EQ(rename(path, credential), 0);
		setenv("CREDENTIALS_DIRECTORY", path_of("credentials"), 1);
	}
	source.key_file = NULL;
	CHECK_EQ(bsync_keyring_open(folder, &source, &again, error), BSYNC_OK);
	CHECK_BYTES(again.bytes, 32, made.bytes, 32);
	unsetenv("CREDENTIALS_DIRECTORY");
	bsync_disk_remove(folder);
}

/* A CA in the folder, under `key`. */
static enum bsync_result make_ca(const struct bsync_key *key, struct bsync_buffer *certificate)
{
	struct bsync_certificate_request request = {.kind = BSYNC_CERTIFICATE_CA, .not_after_ms = 1893456000000};
	struct bsync_signing_key *ca = NULL;
	struct bsync_buffer spki;
	enum bsync_result result = bsync_signing_key_make(bsync_machine_random(), &ca);

	bsync_buffer_init(&spki, 4096);
	if (result == BSYNC_OK)
		result = bsync_signing_key_public(ca, &spki);
	request.public_key = bsync_buffer_bytes(&spki);
	request.serial[0] = 1;
	if (result == BSYNC_OK)
		result = bsync_certificate_issue(&request, ca, (struct bsync_bytes){NULL, 0}, certificate);
	if (result == BSYNC_OK)
		result = bsync_keyring_ca_put(folder, key, ca, bsync_buffer_bytes(certificate));
	bsync_buffer_clear(&spki);
	bsync_signing_key_free(ca);
	return result;
}

TEST(the_signer_issues_for_a_public_key_and_nothing_else)
{
	const struct bsync_key key = {{1, 2, 3}};
	const struct bsync_key other = {{9}};
	const uint8_t id[16] = {5};
	struct bsync_signing_key *device = NULL;
	struct bsync_signer signer;
	struct bsync_buffer ca;
	struct bsync_buffer spki;
	struct bsync_buffer der;
	struct bsync_buffer back;

	begin();
	bsync_buffer_init(&ca, 8192);
	bsync_buffer_init(&spki, 8192);
	bsync_buffer_init(&der, 8192);
	bsync_buffer_init(&back, 8192);
	CHECK_EQ(make_ca(&key, &ca), BSYNC_OK);
	CHECK_EQ(bsync_signer_start(folder, &other, &signer), BSYNC_KEY);
	CHECK_EQ(bsync_signer_start(folder, &key, &signer), BSYNC_OK);
	CHECK_EQ(bsync_signing_key_make(bsync_machine_random(), &device), BSYNC_OK);
	CHECK_EQ(bsync_signing_key_public(device, &spki), BSYNC_OK);
	CHECK_EQ(bsync_signer_issue(&signer, BSYNC_CERTIFICATE_DEVICE, id, bsync_buffer_bytes(&spki), &der), BSYNC_OK);
	CHECK_EQ(bsync_certificate_public_key(bsync_buffer_bytes(&der), &back), BSYNC_OK);
	CHECK_BYTES(back.data, back.size, spki.data, spki.size);
	/* Another CA, or what is no key at all. */
	CHECK_EQ(bsync_signer_issue(&signer, BSYNC_CERTIFICATE_CA, id, bsync_buffer_bytes(&spki), &der), BSYNC_MISUSE);
	CHECK(bsync_signer_issue(&signer, BSYNC_CERTIFICATE_DEVICE, id, bsync_bytes_of_string("no key"), &der) !=
	      BSYNC_OK);
	/* Where the process has died nothing hangs. */
	kill(signer.process, SIGKILL);
	CHECK_EQ(bsync_signer_issue(&signer, BSYNC_CERTIFICATE_DEVICE, id, bsync_buffer_bytes(&spki), &der), BSYNC_IO);
	bsync_signer_stop(&signer);
	bsync_signing_key_free(device);
	bsync_buffer_clear(&ca);
	bsync_buffer_clear(&spki);
	bsync_buffer_clear(&der);
	bsync_buffer_clear(&back);
	bsync_disk_remove(folder);
}

TEST(the_ca_key_is_bound_to_its_certificate)
{
	const struct bsync_key key = {{1, 2, 3}};
	struct bsync_signing_key *opened = NULL;
	struct bsync_buffer ca;

	begin();
	bsync_buffer_init(&ca, 8192);
	CHECK_EQ(make_ca(&key, &ca), BSYNC_OK);
	CHECK_EQ(bsync_keyring_ca_key(folder, &key, bsync_buffer_bytes(&ca), &opened), BSYNC_OK);
	bsync_signing_key_free(opened);
	ca.data[40] ^= 1;
	CHECK_EQ(bsync_keyring_ca_key(folder, &key, bsync_buffer_bytes(&ca), &opened), BSYNC_KEY);
	bsync_buffer_clear(&ca);
	bsync_disk_remove(folder);
}
