#include "core/hpke.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

/* The algorithm numbers of RFC 9180 section 7, as suite_id of the KEM and of the whole. */
static const uint8_t kem_suite[5] = {'K', 'E', 'M', 0x00, 0x20};
static const uint8_t hpke_suite[10] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x03};

enum { NONCE_SIZE = 12, PART_SIZE_MAX = 256 };

/* Concatenated inputs of one step; RFC 9180 fixes their sizes but for `info`, which is short here. */
struct parts {
	uint8_t bytes[PART_SIZE_MAX];
	size_t size;
};

static void parts_add(struct parts *parts, const void *bytes, size_t size)
{
	assert(size <= sizeof(parts->bytes) - parts->size);
	if (size != 0)
		memcpy(parts->bytes + parts->size, bytes, size);
	parts->size += size;
}

static struct bsync_bytes parts_bytes(const struct parts *parts)
{
	return (struct bsync_bytes){parts->bytes, parts->size};
}

/* LabeledExtract of RFC 9180 section 4: HKDF-Extract is HMAC with the salt as key. */
static enum bsync_result extract(struct bsync_bytes salt, struct bsync_bytes suite, const char *label,
				 struct bsync_bytes input, struct bsync_key *out)
{
	struct parts labelled = {.size = 0};

	parts_add(&labelled, "HPKE-v1", 7);
	parts_add(&labelled, suite.data, suite.size);
	parts_add(&labelled, label, strlen(label));
	parts_add(&labelled, input.data, input.size);
	enum bsync_result result = bsync_hmac(salt, parts_bytes(&labelled), out->bytes);
	bsync_wipe(&labelled, sizeof(labelled));
	return result;
}

/* LabeledExpand of RFC 9180 section 4 for at most one block: HKDF-Expand is then one HMAC. */
static enum bsync_result expand(const struct bsync_key *secret, struct bsync_bytes suite, const char *label,
				struct bsync_bytes info, uint8_t *out, size_t out_size)
{
	struct parts labelled = {.size = 0};
	const uint8_t size[2] = {(uint8_t)(out_size >> 8), (uint8_t)out_size};
	uint8_t block[BSYNC_DIGEST_SIZE];

	assert(out_size <= sizeof(block));
	parts_add(&labelled, size, sizeof(size));
	parts_add(&labelled, "HPKE-v1", 7);
	parts_add(&labelled, suite.data, suite.size);
	parts_add(&labelled, label, strlen(label));
	parts_add(&labelled, info.data, info.size);
	parts_add(&labelled, "\x01", 1);
	enum bsync_result result = bsync_hmac((struct bsync_bytes){secret->bytes, sizeof(secret->bytes)},
					      parts_bytes(&labelled), block);
	memcpy(out, block, out_size);
	bsync_wipe(block, sizeof(block));
	return result;
}

/* X25519; a result of zeros (a point of small order) is refused, as RFC 9180 section 7.1.4 demands. */
static bool agree(const uint8_t private_key[32], const uint8_t public_key[32], uint8_t shared[32])
{
	if (crypto_scalarmult(shared, private_key, public_key) != 0)
		return false;
	return !sodium_is_zero(shared, 32);
}

/* Key and nonce of the first message, from the agreed point and both public keys (base mode). */
static enum bsync_result schedule(const uint8_t point[32], const uint8_t encapsulated[32], const uint8_t receiver[32],
				  struct bsync_bytes info, struct bsync_key *key, uint8_t nonce[NONCE_SIZE])
{
	const struct bsync_bytes kem = {kem_suite, sizeof(kem_suite)};
	const struct bsync_bytes hpke = {hpke_suite, sizeof(hpke_suite)};
	const struct bsync_bytes none = {NULL, 0};
	struct parts context = {.size = 0};
	struct bsync_key secret = {{0}};
	struct bsync_key hash = {{0}};
	enum bsync_result result = BSYNC_OK;

	parts_add(&context, encapsulated, 32);
	parts_add(&context, receiver, 32);
	result = extract(none, kem, "eae_prk", (struct bsync_bytes){point, 32}, &secret);
	if (result == BSYNC_OK)
		result = expand(&secret, kem, "shared_secret", parts_bytes(&context), secret.bytes,
				sizeof(secret.bytes));

	const uint8_t mode_base = 0;
	context.size = 0;
	parts_add(&context, &mode_base, 1);
	if (result == BSYNC_OK)
		result = extract(none, hpke, "psk_id_hash", none, &hash);
	parts_add(&context, hash.bytes, sizeof(hash.bytes));
	if (result == BSYNC_OK)
		result = extract(none, hpke, "info_hash", info, &hash);
	parts_add(&context, hash.bytes, sizeof(hash.bytes));

	if (result == BSYNC_OK)
		result = extract((struct bsync_bytes){secret.bytes, sizeof(secret.bytes)}, hpke, "secret", none,
				 &secret);
	if (result == BSYNC_OK)
		result = expand(&secret, hpke, "key", parts_bytes(&context), key->bytes, sizeof(key->bytes));
	if (result == BSYNC_OK)
		result = expand(&secret, hpke, "base_nonce", parts_bytes(&context), nonce, NONCE_SIZE);
	bsync_key_wipe(&secret);
	return result;
}

enum bsync_result bsync_hpke_keypair(const uint8_t random[32], uint8_t private_key[32], uint8_t public_key[32])
{
	assert(random != NULL && private_key != NULL && public_key != NULL);
	memmove(private_key, random, 32);
	return crypto_scalarmult_base(public_key, private_key) == 0 ? BSYNC_OK : BSYNC_CRYPTO;
}

enum bsync_result bsync_hpke_seal(const uint8_t public_key[32], const uint8_t ephemeral[32], struct bsync_bytes info,
				  struct bsync_bytes aad, struct bsync_bytes plain, uint8_t encapsulated[32],
				  uint8_t *out)
{
	struct bsync_key key = {{0}};
	uint8_t point[32];
	uint8_t nonce[NONCE_SIZE];
	enum bsync_result result = BSYNC_CRYPTO;

	assert(info.size <= BSYNC_HPKE_INFO_SIZE_MAX && out != NULL);
	if (crypto_scalarmult_base(encapsulated, ephemeral) == 0 && agree(ephemeral, public_key, point))
		result = schedule(point, encapsulated, public_key, info, &key, nonce);
	if (result == BSYNC_OK)
		crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.data, plain.size, aad.data, aad.size, NULL,
							  nonce, key.bytes);
	bsync_wipe(point, sizeof(point));
	bsync_key_wipe(&key);
	return result;
}

enum bsync_result bsync_hpke_open(const uint8_t private_key[32], const uint8_t encapsulated[32],
				  struct bsync_bytes info, struct bsync_bytes aad, struct bsync_bytes sealed,
				  uint8_t *out)
{
	struct bsync_key key = {{0}};
	uint8_t point[32];
	uint8_t receiver[32];
	uint8_t nonce[NONCE_SIZE];
	enum bsync_result result = BSYNC_BAD_SEAL;

	assert(info.size <= BSYNC_HPKE_INFO_SIZE_MAX && out != NULL);
	if (sealed.size < BSYNC_HPKE_TAG_SIZE)
		return BSYNC_BAD_SEAL;
	if (crypto_scalarmult_base(receiver, private_key) == 0 && agree(private_key, encapsulated, point))
		result = schedule(point, encapsulated, receiver, info, &key, nonce);
	if (result == BSYNC_OK && crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, sealed.size,
									    aad.data, aad.size, nonce, key.bytes) != 0)
		result = BSYNC_BAD_SEAL;
	bsync_wipe(point, sizeof(point));
	bsync_key_wipe(&key);
	return result;
}
