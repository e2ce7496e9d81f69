#include "core/mbedtls_random.h"

#include <assert.h>

#include <mbedtls/entropy.h>
#include <mbedtls/md.h>

#include "core/sha256.h"

int bsync_mbedtls_random(void *context, unsigned char *out, size_t size)
{
	const struct bsync_random *random = context;

	assert(random != NULL && random->fill != NULL);
	return random->fill(random->context, out, size) == 0 ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

enum bsync_result bsync_blinding_begin(struct bsync_blinding *blinding, struct bsync_bytes secret,
				       struct bsync_bytes input)
{
	struct bsync_hmac_state state;
	uint8_t seed[BSYNC_DIGEST_SIZE];

	assert(secret.size != 0);
	mbedtls_hmac_drbg_init(&blinding->generator);
	bsync_hmac_begin(&state, secret);
	bsync_hmac_add(&state, input);
	bsync_hmac_end(&state, seed);
	int status = mbedtls_hmac_drbg_seed_buf(&blinding->generator, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
						seed, sizeof(seed));
	bsync_wipe(seed, sizeof(seed));
	return status == 0 ? BSYNC_OK : BSYNC_NO_MEMORY;
}

void bsync_blinding_end(struct bsync_blinding *blinding)
{
	assert(blinding != NULL);
	mbedtls_hmac_drbg_free(&blinding->generator);
}

int bsync_blinding_random(void *context, unsigned char *out, size_t size)
{
	struct bsync_blinding *blinding = context;

	assert(blinding != NULL);
	for (; size > MBEDTLS_HMAC_DRBG_MAX_REQUEST; size -= MBEDTLS_HMAC_DRBG_MAX_REQUEST) {
		int status = mbedtls_hmac_drbg_random(&blinding->generator, out, MBEDTLS_HMAC_DRBG_MAX_REQUEST);
		if (status != 0)
			return status;
		out += MBEDTLS_HMAC_DRBG_MAX_REQUEST;
	}
	return mbedtls_hmac_drbg_random(&blinding->generator, out, size);
}
