/* aead.h: the two ciphers of a sealed changeset, each in one call.
 *
 * libsodium does the work; without AES instructions it has no AES-256-GCM, and mbedtls takes its place. */
#ifndef BSYNC_CORE_AEAD_H
#define BSYNC_CORE_AEAD_H

#include "core/keys.h"

enum { BSYNC_AEAD_NONCE_SIZE = 12, BSYNC_AEAD_TAG_SIZE = 16, BSYNC_AEAD_SIZE_MAX = 9 << 20 };

/* Encrypts `size` bytes at `data` in place and writes the tag behind them; `suite` is one of BSYNC_SUITE_*,
 * `size` at most BSYNC_AEAD_SIZE_MAX.  On failure `data` is wiped. */
BSYNC_CHECKED enum bsync_result bsync_aead_seal(uint8_t suite, const struct bsync_key *key,
						const uint8_t nonce[BSYNC_AEAD_NONCE_SIZE], struct bsync_bytes aad,
						uint8_t *data, size_t size);

/* Decrypts `sealed`, ciphertext and tag, to `out`, which gets BSYNC_AEAD_TAG_SIZE bytes less and may not overlap.
 * BSYNC_BAD_SEAL when the tag does not fit; then `out` holds nothing of the plaintext. */
BSYNC_CHECKED enum bsync_result bsync_aead_open(uint8_t suite, const struct bsync_key *key,
						const uint8_t nonce[BSYNC_AEAD_NONCE_SIZE], struct bsync_bytes aad,
						struct bsync_bytes sealed, uint8_t *out);

#endif
