/* signing.h: what a signing key is inside, for the files of core/ that hand it to mbedtls.
 *
 * Everybody else uses core/seal.h. */
#ifndef BSYNC_CORE_SIGNING_H
#define BSYNC_CORE_SIGNING_H

#include <mbedtls/pk.h>

#include "core/seal.h"

enum { BSYNC_P256_SCALAR_SIZE = 32 };

struct bsync_signing_key {
	mbedtls_pk_context pk; /* always P-256 with its private part */
	struct bsync_key scalar;
};

/* Parses a DER SubjectPublicKeyInfo with nothing behind it into `pk`, which the caller has initialised and frees;
 * BSYNC_MALFORMED unless it is a P-256 key. */
BSYNC_CHECKED enum bsync_result bsync_public_key_parse(struct bsync_bytes spki_der, mbedtls_pk_context *pk);

#endif
