/* hpke.h: seal a short secret to the store's X25519 key: HPKE base mode.
 *
 * RFC 9180, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; single shot. */
#ifndef BSYNC_CORE_HPKE_H
#define BSYNC_CORE_HPKE_H

#include "core/keys.h"

/* `info` is a label; one of more than BSYNC_HPKE_INFO_SIZE_MAX bytes is a bug. */
enum { BSYNC_HPKE_KEY_SIZE = 32, BSYNC_HPKE_TAG_SIZE = 16, BSYNC_HPKE_INFO_SIZE_MAX = 128 };

/* Makes a key pair from 32 random bytes. */
BSYNC_CHECKED enum bsync_result bsync_hpke_keypair(const uint8_t random[32], uint8_t private_key[32],
						   uint8_t public_key[32]);
/* Seals; `out` gets plain.size + 16 bytes.  `ephemeral` is 32 random bytes, used once. */
BSYNC_CHECKED enum bsync_result bsync_hpke_seal(const uint8_t public_key[32], const uint8_t ephemeral[32],
						struct bsync_bytes info, struct bsync_bytes aad,
						struct bsync_bytes plain, uint8_t encapsulated[32], uint8_t *out);
/* Opens; `out` gets sealed.size - 16 bytes.  BSYNC_BAD_SEAL when it does not fit. */
BSYNC_CHECKED enum bsync_result bsync_hpke_open(const uint8_t private_key[32], const uint8_t encapsulated[32],
						struct bsync_bytes info, struct bsync_bytes aad,
						struct bsync_bytes sealed, uint8_t *out);

#endif
