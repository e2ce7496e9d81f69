#include "daemon/keyring.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/identity.h"
#include "daemon/disk.h"
#include "daemon/machine.h"

enum { PASSPHRASE_MIN = 12, PASSPHRASE_MAX = 1024, KEY_TEXT_SIZE = 2 * BSYNC_KEY_SIZE };

static const char box_name[] = "keys/store.box";
static const char key_name[] = "store.key";
static const char ca_key_name[] = "keys/ca.key";
static const char ca_certificate_name[] = "ca.crt";
static const char box_aad[] = "bsync/keys/store/v1";

static enum bsync_result fail(char *error, enum bsync_result result, const char *what, const char *path,
			      const char *advice)
{
	snprintf(error, BSYNC_KEYRING_ERROR_SIZE, "%s %.140s: %s", what, path, advice);
	return result;
}

/* Gets room at once, so that growth leaves no copy of a secret behind. */
static enum bsync_result read_secret(const char *path, struct bsync_buffer *content)
{
	enum bsync_result result;
	uint8_t *room;

	bsync_buffer_init(content, BSYNC_KEYRING_FILE_MAX);
	result = bsync_buffer_reserve(content, BSYNC_KEYRING_FILE_MAX, &room);
	if (result == BSYNC_OK)
		result = bsync_disk_read(path, content);
	return result;
}

/* True when a passphrase is given; reads it.  The variable is emptied, so that no child and no core has it. */
static enum bsync_result read_passphrase(const struct bsync_keyring_source *source, struct bsync_buffer *passphrase,
					 bool *is_given, char *error)
{
	char *variable = getenv("BUURTSYNC_PASSPHRASE");
	enum bsync_result result = BSYNC_OK;

	*is_given = true;
	bsync_buffer_init(passphrase, BSYNC_KEYRING_FILE_MAX);
	if (source->passphrase_file != NULL) {
		result = read_secret(source->passphrase_file, passphrase);
		if (result != BSYNC_OK)
			return fail(error, BSYNC_KEY, "cannot read the passphrase file", source->passphrase_file,
				    bsync_result_text(result));
	} else if (variable != NULL && variable[0] != '\0') {
		result = bsync_buffer_append(passphrase, variable, strlen(variable));
		explicit_bzero(variable, strlen(variable));
		unsetenv("BUURTSYNC_PASSPHRASE");
	} else {
		*is_given = false;
	}
	while (passphrase->size > 0 && strchr("\r\n", passphrase->data[passphrase->size - 1]) != NULL)
		passphrase->size--;
	if (result == BSYNC_OK && *is_given && (passphrase->size == 0 || passphrase->size > PASSPHRASE_MAX))
		return fail(error, BSYNC_KEY, "the passphrase is", passphrase->size == 0 ? "empty" : "too long",
			    "give one of 12 to 1024 bytes");
	return result;
}

static int hex_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool parse_key(struct bsync_bytes text, struct bsync_key *key)
{
	if (text.size == BSYNC_KEY_SIZE) {
		memcpy(key->bytes, text.data, BSYNC_KEY_SIZE);
		return true;
	}
	while (text.size > KEY_TEXT_SIZE && strchr("\r\n ", text.data[text.size - 1]) != NULL)
		text.size--;
	if (text.size != KEY_TEXT_SIZE)
		return false;
	for (size_t i = 0; i < BSYNC_KEY_SIZE; i++) {
		int high = hex_value(text.data[2 * i]);
		int low = hex_value(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static enum bsync_result read_key(const char *path, struct bsync_key *key, char *error)
{
	struct bsync_buffer content;
	enum bsync_result result = read_secret(path, &content);

	if (result != BSYNC_OK)
		result = fail(error, BSYNC_KEY, "cannot read the store key", path, bsync_result_text(result));
	else if (!parse_key(bsync_buffer_bytes(&content), key))
		result = fail(error, BSYNC_KEY, "there is no store key in", path,
			      "it must hold 64 hex digits or 32 bytes");
	bsync_buffer_wipe(&content);
	return result;
}

static enum bsync_result write_key(const char *path, const struct bsync_key *key)
{
	char text[KEY_TEXT_SIZE + 2];
	enum bsync_result result;

	for (size_t i = 0; i < BSYNC_KEY_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", key->bytes[i]);
	text[KEY_TEXT_SIZE] = '\n';
	result = bsync_disk_create(path, (struct bsync_bytes){(const uint8_t *)text, KEY_TEXT_SIZE + 1});
	explicit_bzero(text, sizeof text);
	return result;
}

static enum bsync_result write_box(const char *folder, struct bsync_bytes passphrase, const struct bsync_key *key)
{
	char path[BSYNC_PATH_SIZE];
	struct bsync_buffer box;
	enum bsync_result result = bsync_disk_path(path, folder, box_name);

	bsync_buffer_init(&box, BSYNC_KEYRING_FILE_MAX);
	if (result == BSYNC_OK)
		result = bsync_box_with_passphrase(passphrase, bsync_bytes_of_string(box_aad),
						   (struct bsync_bytes){key->bytes, BSYNC_KEY_SIZE},
						   bsync_machine_random(), &box);
	if (result == BSYNC_OK)
		result = bsync_disk_create(path, bsync_buffer_bytes(&box));
	bsync_buffer_clear(&box);
	return result;
}

static enum bsync_result make_random(struct bsync_key *key)
{
	const struct bsync_random *random = bsync_machine_random();

	return random->fill(random->context, key->bytes, BSYNC_KEY_SIZE) == 0 ? BSYNC_OK : BSYNC_RANDOM;
}

static enum bsync_result put(const char *folder, const struct bsync_keyring_source *source,
			     struct bsync_bytes passphrase, struct bsync_key *key, enum bsync_keyring_kind kind,
			     char *error)
{
	char path[BSYNC_PATH_SIZE];
	enum bsync_result result = make_random(key);

	if (result != BSYNC_OK)
		return result;
	switch (kind) {
	case BSYNC_KEYRING_PASSPHRASE:
		return write_box(folder, passphrase, key);
	case BSYNC_KEYRING_KEY_FILE:
		if (bsync_disk_exists(source->key_file))
			return read_key(source->key_file, key, error);
		return write_key(source->key_file, key);
	case BSYNC_KEYRING_BESIDE:
		result = bsync_disk_path(path, folder, key_name);
		return result == BSYNC_OK ? write_key(path, key) : result;
	}
	return BSYNC_MISUSE;
}

enum bsync_result bsync_keyring_make(const char *folder, const struct bsync_keyring_source *source,
				     struct bsync_key *key, enum bsync_keyring_kind *kind,
				     char error[BSYNC_KEYRING_ERROR_SIZE])
{
	struct bsync_buffer passphrase;
	bool has_passphrase = false;
	enum bsync_result result;

	error[0] = '\0';
	result = read_passphrase(source, &passphrase, &has_passphrase, error);
	*kind = source->key_file != NULL ? BSYNC_KEYRING_KEY_FILE
		: has_passphrase         ? BSYNC_KEYRING_PASSPHRASE
					 : BSYNC_KEYRING_BESIDE;
	if (result == BSYNC_OK && *kind == BSYNC_KEYRING_PASSPHRASE && passphrase.size < PASSPHRASE_MIN)
		result = fail(error, BSYNC_KEY, "the passphrase is", "too short", "give one of at least 12 bytes");
	if (result == BSYNC_OK)
		result = put(folder, source, bsync_buffer_bytes(&passphrase), key, *kind, error);
	bsync_buffer_wipe(&passphrase);
	if (result != BSYNC_OK && error[0] == '\0')
		snprintf(error, BSYNC_KEYRING_ERROR_SIZE, "cannot make the store key: %s", bsync_result_text(result));
	return result;
}

static enum bsync_result open_box(const char *path, struct bsync_bytes passphrase, struct bsync_key *key, char *error)
{
	struct bsync_buffer box;
	struct bsync_buffer plain;
	enum bsync_result result;

	bsync_buffer_init(&box, BSYNC_KEYRING_FILE_MAX);
	bsync_buffer_init(&plain, BSYNC_KEY_SIZE);
	result = bsync_disk_read(path, &box);
	if (result == BSYNC_OK)
		result = bsync_box_open_passphrase(passphrase, bsync_bytes_of_string(box_aad), bsync_buffer_bytes(&box),
						   &plain);
	if (result == BSYNC_OK && plain.size == BSYNC_KEY_SIZE)
		memcpy(key->bytes, plain.data, BSYNC_KEY_SIZE);
	else
		result = fail(error, BSYNC_KEY, "cannot open", path,
			      result == BSYNC_KEY ? "the passphrase is another one" : bsync_result_text(result));
	bsync_buffer_wipe(&plain);
	bsync_buffer_clear(&box);
	return result;
}

/* The path of the systemd credential; false when there is none (systemd.exec(5), LoadCredential). */
static bool credential_path(char path[BSYNC_PATH_SIZE])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	return folder != NULL && bsync_disk_path(path, folder, key_name) == BSYNC_OK && bsync_disk_exists(path);
}

enum bsync_result bsync_keyring_open(const char *folder, const struct bsync_keyring_source *source,
				     struct bsync_key *key, char error[BSYNC_KEYRING_ERROR_SIZE])
{
	struct bsync_buffer passphrase;
	char path[BSYNC_PATH_SIZE];
	bool has_passphrase = false;
	enum bsync_result result;

	error[0] = '\0';
	if (source->key_file != NULL)
		return read_key(source->key_file, key, error);
	if (credential_path(path))
		return read_key(path, key, error);
	result = bsync_disk_path(path, folder, box_name);
	if (result != BSYNC_OK)
		return result;
	if (!bsync_disk_exists(path)) {
		result = bsync_disk_path(path, folder, key_name);
		return result == BSYNC_OK ? read_key(path, key, error) : result;
	}
	result = read_passphrase(source, &passphrase, &has_passphrase, error);
	if (result == BSYNC_OK && !has_passphrase)
		result = fail(error, BSYNC_KEY, "the store key is sealed by a passphrase in", path,
			      "give --passphrase-file or BUURTSYNC_PASSPHRASE");
	if (result == BSYNC_OK)
		result = open_box(path, bsync_buffer_bytes(&passphrase), key, error);
	bsync_buffer_wipe(&passphrase);
	return result;
}

/* What the box of the CA key is bound to: the hash of its certificate. */
static void ca_aad(struct bsync_bytes certificate, struct bsync_labelled *aad)
{
	struct bsync_digest hash;

	bsync_certificate_hash(certificate, &hash);
	bsync_labelled_begin(aad, "bsync/keys/ca/v1");
	bsync_labelled_add(aad, hash.bytes, sizeof hash.bytes);
}

enum bsync_result bsync_keyring_ca_put(const char *folder, const struct bsync_key *store_key,
				       const struct bsync_signing_key *ca_key, struct bsync_bytes certificate)
{
	char path[BSYNC_PATH_SIZE];
	struct bsync_labelled aad;
	struct bsync_buffer plain;
	struct bsync_buffer box;
	enum bsync_result result;
	uint8_t *room;

	bsync_buffer_init(&plain, 4096);
	bsync_buffer_init(&box, BSYNC_KEYRING_FILE_MAX);
	ca_aad(certificate, &aad);
	result = bsync_buffer_reserve(&plain, 4096, &room);
	if (result == BSYNC_OK)
		result = bsync_signing_key_export(ca_key, &plain);
	if (result == BSYNC_OK)
		result = bsync_box_with_key(store_key, bsync_labelled_bytes(&aad), bsync_buffer_bytes(&plain),
					    bsync_machine_random(), &box);
	if (result == BSYNC_OK)
		result = bsync_disk_path(path, folder, ca_key_name);
	if (result == BSYNC_OK)
		result = bsync_disk_create(path, bsync_buffer_bytes(&box));
	if (result == BSYNC_OK)
		result = bsync_disk_path(path, folder, ca_certificate_name);
	if (result == BSYNC_OK)
		result = bsync_disk_create(path, certificate);
	bsync_buffer_wipe(&plain);
	bsync_buffer_clear(&box);
	return result;
}

enum bsync_result bsync_keyring_ca_certificate(const char *folder, struct bsync_buffer *certificate)
{
	char path[BSYNC_PATH_SIZE];
	enum bsync_result result = bsync_disk_path(path, folder, ca_certificate_name);

	return result == BSYNC_OK ? bsync_disk_read(path, certificate) : result;
}

enum bsync_result bsync_keyring_ca_key(const char *folder, const struct bsync_key *store_key,
				       struct bsync_bytes certificate, struct bsync_signing_key **out)
{
	char path[BSYNC_PATH_SIZE];
	struct bsync_labelled aad;
	struct bsync_buffer plain;
	struct bsync_buffer box;
	enum bsync_result result;
	uint8_t *room;

	bsync_buffer_init(&plain, BSYNC_KEYRING_FILE_MAX);
	bsync_buffer_init(&box, BSYNC_KEYRING_FILE_MAX);
	ca_aad(certificate, &aad);
	result = bsync_disk_path(path, folder, ca_key_name);
	if (result == BSYNC_OK)
		result = bsync_disk_read(path, &box);
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(&plain, box.size + 1, &room);
	if (result == BSYNC_OK)
		result = bsync_box_open_key(store_key, bsync_labelled_bytes(&aad), bsync_buffer_bytes(&box), &plain);
	if (result == BSYNC_OK)
		result = bsync_signing_key_parse(bsync_buffer_bytes(&plain), out);
	bsync_buffer_wipe(&plain);
	bsync_buffer_clear(&box);
	return result;
}
