#include "core/keys.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "core/sha256.h"

enum { HKDF_SIZE_MAX = 255 * BSYNC_DIGEST_SIZE };

void bsync_key_wipe(struct bsync_key *key)
{
	assert(key != NULL);
	bsync_wipe(key->bytes, sizeof(key->bytes));
}

void bsync_wipe(void *secret, size_t size)
{
	assert(secret != NULL || size == 0);
	sodium_memzero(secret, size);
}

bool bsync_secret_equal(const void *a, const void *b, size_t size)
{
	assert(size == 0 || (a != NULL && b != NULL));
	return sodium_memcmp(a, b, size) == 0;
}

void bsync_sha256(struct bsync_bytes input, struct bsync_digest *out)
{
	struct bsync_sha256_state state;

	bsync_sha256_begin(&state);
	bsync_sha256_add(&state, input);
	bsync_sha256_end(&state, out->bytes);
}

enum bsync_result bsync_hmac(struct bsync_bytes key, struct bsync_bytes input, uint8_t out[32])
{
	struct bsync_hmac_state state;

	bsync_hmac_begin(&state, key);
	bsync_hmac_add(&state, input);
	bsync_hmac_end(&state, out);
	return BSYNC_OK;
}

enum bsync_result bsync_hkdf(struct bsync_bytes salt, struct bsync_bytes secret, struct bsync_bytes info, uint8_t *out,
			     size_t out_size)
{
	struct bsync_hmac_state keyed;
	uint8_t block[BSYNC_DIGEST_SIZE];
	uint8_t counter = 0;

	assert(out != NULL || out_size == 0);
	if (out_size > HKDF_SIZE_MAX)
		return BSYNC_INVALID;
	/* Extract.  An empty salt and one of 32 zeros are the same HMAC key. */
	bsync_hmac_begin(&keyed, salt);
	bsync_hmac_add(&keyed, secret);
	bsync_hmac_end(&keyed, block);
	/* Expand. */
	bsync_hmac_begin(&keyed, (struct bsync_bytes){block, sizeof(block)});
	while (out_size != 0) {
		struct bsync_hmac_state state = keyed;
		size_t size = out_size < sizeof(block) ? out_size : sizeof(block);

		if (counter != 0)
			bsync_hmac_add(&state, (struct bsync_bytes){block, sizeof(block)});
		counter++;
		bsync_hmac_add(&state, info);
		bsync_hmac_add(&state, (struct bsync_bytes){&counter, 1});
		bsync_hmac_end(&state, block);
		memcpy(out, block, size);
		out += size;
		out_size -= size;
	}
	bsync_wipe(block, sizeof(block));
	bsync_wipe(&keyed, sizeof(keyed));
	return BSYNC_OK;
}

static void labelled_append(struct bsync_labelled *labelled, const void *bytes, size_t size)
{
	assert(size <= sizeof(labelled->bytes) - labelled->size);
	if (size != 0)
		memcpy(labelled->bytes + labelled->size, bytes, size);
	labelled->size += size;
}

void bsync_labelled_begin(struct bsync_labelled *labelled, const char *label)
{
	assert(label != NULL && label[0] != '\0');
	labelled->size = 0;
	labelled_append(labelled, label, strlen(label));
}

void bsync_labelled_add(struct bsync_labelled *labelled, const void *input, size_t size)
{
	assert(size <= UINT16_MAX);
	const uint8_t prefix[2] = {(uint8_t)(size >> 8), (uint8_t)size};

	labelled_append(labelled, prefix, sizeof(prefix));
	labelled_append(labelled, input, size);
}

void bsync_labelled_add_u32(struct bsync_labelled *labelled, uint32_t input)
{
	const uint8_t bytes[4] = {(uint8_t)(input >> 24), (uint8_t)(input >> 16), (uint8_t)(input >> 8),
				  (uint8_t)input};

	bsync_labelled_add(labelled, bytes, sizeof(bytes));
}

void bsync_labelled_add_u64(struct bsync_labelled *labelled, uint64_t input)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(input >> (56 - 8 * i));
	bsync_labelled_add(labelled, bytes, sizeof(bytes));
}

struct bsync_bytes bsync_labelled_bytes(const struct bsync_labelled *labelled)
{
	assert(labelled->size <= sizeof(labelled->bytes));
	return (struct bsync_bytes){labelled->bytes, labelled->size};
}
