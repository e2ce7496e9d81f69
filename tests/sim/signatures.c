/* signatures.c: makes few true signatures, and checks none whose making it saw.
 *
 * The linker gives the simulator these in place of functions of core/signing.c, whose arithmetic was a quarter of a world's
 * time.  A signature that this process made with a key, of a message, is one by that key: that needs no checking, and in
 * most worlds it needs not be more than 64 bytes that nobody else makes.  Any other signature is checked as it is in a
 * daemon, and in one world of eight each is made as it is on a device. */
#include "tests/sim/signatures.h"

#include <stdlib.h>
#include <string.h>

#include "core/seal.h"

enum { KEYS_MAX = 256, SEEN_MAX = 4096, CHECKED_MAX = 64, DER_MAX = 1000 };

enum bsync_result __real_bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
				    uint8_t signature[BSYNC_SIGNATURE_SIZE]);
enum bsync_result __real_bsync_verify(const struct bsync_verify_key *key, struct bsync_bytes message,
				      struct bsync_bytes signature);
enum bsync_result __real_bsync_signing_key_parse(struct bsync_bytes der, struct bsync_signing_key **out);
void __real_bsync_signing_key_free(struct bsync_signing_key *key);
enum bsync_result __real_bsync_verify_key_parse(struct bsync_bytes der, struct bsync_verify_key **out);
void __real_bsync_verify_key_free(struct bsync_verify_key *key);
enum bsync_result __wrap_bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
				    uint8_t signature[BSYNC_SIGNATURE_SIZE]);
enum bsync_result __wrap_bsync_verify(const struct bsync_verify_key *key, struct bsync_bytes message,
				      struct bsync_bytes signature);
enum bsync_result __wrap_bsync_signing_key_parse(struct bsync_bytes der, struct bsync_signing_key **out);
void __wrap_bsync_signing_key_free(struct bsync_signing_key *key);
enum bsync_result __wrap_bsync_verify_key_parse(struct bsync_bytes der, struct bsync_verify_key **out);
void __wrap_bsync_verify_key_free(struct bsync_verify_key *key);

/* A key pair whose halves were read. */
struct pair {
	struct bsync_digest private_der, public_der;
	struct bsync_signing_key *signing;
	struct bsync_verify_key *verify;
};

/* A signature that was made. */
struct seen {
	const struct pair *pair;
	struct bsync_digest message;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
};

static struct pair pairs[KEYS_MAX];
static struct seen seen[SEEN_MAX];
/* Those of the nursery come again in world after world: what was checked once need not be again. */
static struct seen checked[CHECKED_MAX];
static uint32_t pair_count, next_seen, next_checked;
static bool are_true = true;

void signatures_be_true(bool shall_be)
{
	are_true = shall_be;
}

static bool same(const struct bsync_digest *a, const struct bsync_digest *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* The pair with that public half, which is noted when it is new; NULL when there is no room. */
static struct pair *pair_of(const struct bsync_digest *public_der)
{
	for (uint32_t i = 0; i < pair_count; i++)
		if (same(&pairs[i].public_der, public_der))
			return &pairs[i];
	if (pair_count == KEYS_MAX)
		return NULL;
	pairs[pair_count] = (struct pair){.public_der = *public_der};
	return &pairs[pair_count++];
}

/* --- Signing keys --- */

static void signing_keep(const struct bsync_digest *private_der, struct bsync_signing_key *key)
{
	struct bsync_buffer der;
	struct bsync_digest public_der;
	bsync_buffer_init(&der, DER_MAX);
	if (bsync_signing_key_public(key, &der) != BSYNC_OK)
		abort();
	bsync_sha256(bsync_buffer_bytes(&der), &public_der);
	bsync_buffer_clear(&der);
	struct pair *pair = pair_of(&public_der);
	if (pair == NULL || pair->signing != NULL)
		return;
	pair->private_der = *private_der;
	pair->signing = key;
}

enum bsync_result __wrap_bsync_signing_key_parse(struct bsync_bytes der, struct bsync_signing_key **out)
{
	struct bsync_digest private_der;
	bsync_sha256(der, &private_der);
	for (uint32_t i = 0; i < pair_count; i++) {
		if (pairs[i].signing != NULL && same(&pairs[i].private_der, &private_der)) {
			*out = pairs[i].signing;
			return BSYNC_OK;
		}
	}
	enum bsync_result result = __real_bsync_signing_key_parse(der, out);
	if (result == BSYNC_OK)
		signing_keep(&private_der, *out);
	return result;
}

static const struct pair *pair_signing(const struct bsync_signing_key *key)
{
	for (uint32_t i = 0; i < pair_count && key != NULL; i++)
		if (pairs[i].signing == key)
			return &pairs[i];
	return NULL;
}

void __wrap_bsync_signing_key_free(struct bsync_signing_key *key)
{
	if (pair_signing(key) == NULL)
		__real_bsync_signing_key_free(key);
}

/* No two keys or messages have the same. */
static void signature_invent(const struct seen *it, uint8_t signature[BSYNC_SIGNATURE_SIZE])
{
	struct bsync_labelled input;
	struct bsync_digest half;
	bsync_labelled_begin(&input, "sim/signature");
	bsync_labelled_add(&input, it->pair->private_der.bytes, BSYNC_DIGEST_SIZE);
	bsync_labelled_add(&input, it->message.bytes, BSYNC_DIGEST_SIZE);
	bsync_sha256(bsync_labelled_bytes(&input), &half);
	memcpy(signature, half.bytes, BSYNC_DIGEST_SIZE);
	bsync_sha256((struct bsync_bytes){half.bytes, BSYNC_DIGEST_SIZE}, &half);
	memcpy(signature + BSYNC_DIGEST_SIZE, half.bytes, BSYNC_DIGEST_SIZE);
}

enum bsync_result __wrap_bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
				    uint8_t signature[BSYNC_SIGNATURE_SIZE])
{
	struct seen *it = &seen[next_seen];
	enum bsync_result result = BSYNC_OK;
	it->pair = pair_signing(key);
	if (are_true || it->pair == NULL)
		result = __real_bsync_sign(key, message, signature);
	if (result != BSYNC_OK || it->pair == NULL)
		return result;
	bsync_sha256(message, &it->message);
	if (!are_true)
		signature_invent(it, signature);
	memcpy(it->signature, signature, BSYNC_SIGNATURE_SIZE);
	next_seen = (next_seen + 1) % SEEN_MAX;
	return result;
}

/* --- Verify keys --- */

enum bsync_result __wrap_bsync_verify_key_parse(struct bsync_bytes der, struct bsync_verify_key **out)
{
	struct bsync_digest public_der;
	bsync_sha256(der, &public_der);
	struct pair *pair = pair_of(&public_der);
	if (pair != NULL && pair->verify != NULL) {
		*out = pair->verify;
		return BSYNC_OK;
	}
	enum bsync_result result = __real_bsync_verify_key_parse(der, out);
	if (result == BSYNC_OK && pair != NULL)
		pair->verify = *out;
	return result;
}

static const struct pair *pair_verifying(const struct bsync_verify_key *key)
{
	for (uint32_t i = 0; i < pair_count && key != NULL; i++)
		if (pairs[i].verify == key)
			return &pairs[i];
	return NULL;
}

void __wrap_bsync_verify_key_free(struct bsync_verify_key *key)
{
	if (pair_verifying(key) == NULL)
		__real_bsync_verify_key_free(key);
}

static bool is_among(const struct seen *list, uint32_t count, const struct seen *it)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i].pair == it->pair && same(&list[i].message, &it->message) &&
		    memcmp(list[i].signature, it->signature, BSYNC_SIGNATURE_SIZE) == 0)
			return true;
	return false;
}

enum bsync_result __wrap_bsync_verify(const struct bsync_verify_key *key, struct bsync_bytes message,
				      struct bsync_bytes signature)
{
	struct seen it = {.pair = pair_verifying(key)};
	if (it.pair == NULL || signature.size != BSYNC_SIGNATURE_SIZE)
		return __real_bsync_verify(key, message, signature);
	bsync_sha256(message, &it.message);
	memcpy(it.signature, signature.data, BSYNC_SIGNATURE_SIZE);
	if (is_among(seen, SEEN_MAX, &it) || is_among(checked, CHECKED_MAX, &it))
		return BSYNC_OK;
	enum bsync_result result = __real_bsync_verify(key, message, signature);
	if (result == BSYNC_OK)
		checked[next_checked++ % CHECKED_MAX] = it;
	return result;
}
