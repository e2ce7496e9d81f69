/* mbedtls_random.h: randomness in the shape that mbedtls asks for.
 *
 * Only for the files of core/ that call mbedtls. */
#ifndef BSYNC_CORE_MBEDTLS_RANDOM_H
#define BSYNC_CORE_MBEDTLS_RANDOM_H

#include <mbedtls/hmac_drbg.h>

#include "core/keys.h"

/* An f_rng of mbedtls; `context` is a struct bsync_random. */
int bsync_mbedtls_random(void *context, unsigned char *out, size_t size);

/* A stream derived from secret inputs, for the two uses where mbedtls demands a generator but the result does not
 * depend on it: blinding a computation with a private key, and checking such a key.  Whoever does not know the
 * inputs can not predict the stream, which is what blinding needs; the same inputs give the same stream. */
struct bsync_blinding {
	mbedtls_hmac_drbg_context generator;
};
/* Starts the stream; bsync_blinding_end is called also when this fails. */
BSYNC_CHECKED enum bsync_result bsync_blinding_begin(struct bsync_blinding *blinding, struct bsync_bytes secret,
						     struct bsync_bytes input);
/* Wipes it. */
void bsync_blinding_end(struct bsync_blinding *blinding);
/* An f_rng of mbedtls; `context` is a struct bsync_blinding. */
int bsync_blinding_random(void *context, unsigned char *out, size_t size);

#endif
