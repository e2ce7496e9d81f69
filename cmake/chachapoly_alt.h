/* chachapoly_alt.h: what mbedtls keeps of a ChaCha20-Poly1305 key when libsodium does the work.
 *
 * Read by mbedtls/chachapoly.h because of MBEDTLS_CHACHAPOLY_ALT; see chachapoly_alt.c. */
#ifndef BSYNC_CHACHAPOLY_ALT_H
#define BSYNC_CHACHAPOLY_ALT_H

typedef struct mbedtls_chachapoly_context {
	unsigned char key[32];
} mbedtls_chachapoly_context;

#endif
