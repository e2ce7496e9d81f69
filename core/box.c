/* box.c: secrets in files, sealed under a passphrase or a key (PROTOCOL 8.6). */
#include "core/keys.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

enum {
	BOX_VERSION = 1,
	BOX_KIND_PASSPHRASE = 1,
	BOX_KIND_KEY = 2,
	SALT_AT = 6,
	SALT_SIZE = 16,
	KIB_AT = 22,
	PASSES_AT = 26,
	NONCE_AT = 30,
	NONCE_SIZE = 12,
	HEADER_SIZE = 42,
	TAG_SIZE = 16,
	ARGON_KIB = 65536,
	ARGON_PASSES = 3,
	ARGON_KIB_MIN = 19456,
	ARGON_KIB_MAX = 1 << 20,
	ARGON_PASSES_MIN = 2,
	ARGON_PASSES_MAX = 64,
};

_Static_assert(BSYNC_BOX_OVERHEAD == HEADER_SIZE + TAG_SIZE, "the header says what a box adds");
_Static_assert(SALT_SIZE == crypto_pwhash_SALTBYTES, "Argon2id takes the box's salt as it is");
_Static_assert(NONCE_SIZE == crypto_aead_chacha20poly1305_ietf_NPUBBYTES, "the nonce is that of RFC 8439");

static const uint8_t magic[4] = {'B', 'S', 'B', 'X'};

static void store_u32(uint8_t *out, uint32_t number)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t load_u32(const uint8_t *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* PROTOCOL 8.6: "key = HKDF(salt, Argon2id(passphrase, salt) or key, "bsync/box/v1")" */
static enum bsync_result box_key(const uint8_t header[HEADER_SIZE], struct bsync_bytes secret, struct bsync_key *key)
{
	const struct bsync_bytes salt = {header + SALT_AT, SALT_SIZE};
	struct bsync_key stretched = {{0}};
	enum bsync_result result = BSYNC_OK;

	if (header[5] == BOX_KIND_PASSPHRASE) {
		size_t memory = (size_t)load_u32(header + KIB_AT) * 1024;

		if (crypto_pwhash(stretched.bytes, sizeof(stretched.bytes), (const char *)secret.data, secret.size,
				  salt.data, load_u32(header + PASSES_AT), memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
			return BSYNC_NO_MEMORY;
		secret = (struct bsync_bytes){stretched.bytes, sizeof(stretched.bytes)};
	}
	result = bsync_hkdf(salt, secret, bsync_bytes_of_string("bsync/box/v1"), key->bytes, sizeof(key->bytes));
	bsync_key_wipe(&stretched);
	return result;
}

/* What the tag covers besides the content.  The header's size is fixed, so the two parts can not shift. */
static enum bsync_result box_aad(const uint8_t header[HEADER_SIZE], struct bsync_bytes aad, struct bsync_buffer *out)
{
	bsync_buffer_init(out, HEADER_SIZE + aad.size);
	enum bsync_result result = bsync_buffer_append(out, header, HEADER_SIZE);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(out, aad.data, aad.size);
	return result;
}

static enum bsync_result box_make(uint8_t kind, struct bsync_bytes secret, struct bsync_bytes aad,
				  struct bsync_bytes plain, const struct bsync_random *random, struct bsync_buffer *out)
{
	uint8_t header[HEADER_SIZE] = {0};
	uint8_t fresh[SALT_SIZE + NONCE_SIZE];
	struct bsync_buffer whole_aad = {0};
	struct bsync_key key = {{0}};
	uint8_t *room = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(random != NULL && random->fill != NULL);
	if (plain.size > SIZE_MAX / 2)
		return BSYNC_TOO_LARGE;
	if (random->fill(random->context, fresh, sizeof(fresh)) != 0)
		return BSYNC_RANDOM;
	memcpy(header, magic, sizeof(magic));
	header[4] = BOX_VERSION;
	header[5] = kind;
	memcpy(header + SALT_AT, fresh, SALT_SIZE);
	if (kind == BOX_KIND_PASSPHRASE) {
		store_u32(header + KIB_AT, ARGON_KIB);
		store_u32(header + PASSES_AT, ARGON_PASSES);
	}
	memcpy(header + NONCE_AT, fresh + SALT_SIZE, NONCE_SIZE);
	result = box_key(header, secret, &key);
	if (result == BSYNC_OK)
		result = box_aad(header, aad, &whole_aad);
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(out, HEADER_SIZE + plain.size + TAG_SIZE, &room);
	if (result == BSYNC_OK) {
		memcpy(room, header, HEADER_SIZE);
		crypto_aead_chacha20poly1305_ietf_encrypt(room + HEADER_SIZE, NULL, plain.data, plain.size,
							  whole_aad.data, whole_aad.size, NULL, header + NONCE_AT,
							  key.bytes);
		bsync_buffer_commit(out, HEADER_SIZE + plain.size + TAG_SIZE);
	}
	bsync_buffer_clear(&whole_aad);
	bsync_key_wipe(&key);
	return result;
}

static bool header_is_valid(const uint8_t *header, uint8_t kind)
{
	uint32_t kib = load_u32(header + KIB_AT);
	uint32_t passes = load_u32(header + PASSES_AT);

	if (memcmp(header, magic, sizeof(magic)) != 0 || header[4] != BOX_VERSION || header[5] != kind)
		return false;
	if (kind == BOX_KIND_KEY)
		return kib == 0 && passes == 0;
	return kib >= ARGON_KIB_MIN && kib <= ARGON_KIB_MAX && passes >= ARGON_PASSES_MIN && passes <= ARGON_PASSES_MAX;
}

static enum bsync_result box_open(uint8_t kind, struct bsync_bytes secret, struct bsync_bytes aad,
				  struct bsync_bytes box, struct bsync_buffer *plain)
{
	struct bsync_buffer whole_aad = {0};
	struct bsync_key key = {{0}};
	uint8_t *room = NULL;
	enum bsync_result result = BSYNC_OK;

	if (box.size < BSYNC_BOX_OVERHEAD || !header_is_valid(box.data, kind))
		return BSYNC_MALFORMED;
	const size_t size = box.size - BSYNC_BOX_OVERHEAD;
	result = box_key(box.data, secret, &key);
	if (result == BSYNC_OK)
		result = box_aad(box.data, aad, &whole_aad);
	if (result == BSYNC_OK)
		result = bsync_buffer_reserve(plain, size, &room);
	if (result == BSYNC_OK) {
		uint8_t nothing = 0;

		if (crypto_aead_chacha20poly1305_ietf_decrypt(size != 0 ? room : &nothing, NULL, NULL,
							      box.data + HEADER_SIZE, size + TAG_SIZE, whole_aad.data,
							      whole_aad.size, box.data + NONCE_AT, key.bytes) != 0)
			result = BSYNC_KEY;
		else
			bsync_buffer_commit(plain, size);
	}
	bsync_buffer_clear(&whole_aad);
	bsync_key_wipe(&key);
	return result;
}

enum bsync_result bsync_box_with_passphrase(struct bsync_bytes passphrase, struct bsync_bytes aad,
					    struct bsync_bytes plain, const struct bsync_random *random,
					    struct bsync_buffer *out)
{
	return box_make(BOX_KIND_PASSPHRASE, passphrase, aad, plain, random, out);
}

enum bsync_result bsync_box_with_key(const struct bsync_key *key, struct bsync_bytes aad, struct bsync_bytes plain,
				     const struct bsync_random *random, struct bsync_buffer *out)
{
	assert(key != NULL);
	return box_make(BOX_KIND_KEY, (struct bsync_bytes){key->bytes, sizeof(key->bytes)}, aad, plain, random, out);
}

enum bsync_result bsync_box_open_passphrase(struct bsync_bytes passphrase, struct bsync_bytes aad,
					    struct bsync_bytes box, struct bsync_buffer *plain)
{
	assert(plain != NULL);
	return box_open(BOX_KIND_PASSPHRASE, passphrase, aad, box, plain);
}

enum bsync_result bsync_box_open_key(const struct bsync_key *key, struct bsync_bytes aad, struct bsync_bytes box,
				     struct bsync_buffer *plain)
{
	assert(key != NULL);
	return box_open(BOX_KIND_KEY, (struct bsync_bytes){key->bytes, sizeof(key->bytes)}, aad, box, plain);
}
