/* keys.h: the key derivations of Buurtsync, each with its own label, and the small primitives around them.
 *
 * Labels and inputs: schema/PROTOCOL.md section 8.1 (HKDF-SHA256, RFC 5869; inputs length-prefixed).
 * Secrets passed in stay the caller's to wipe. */
#ifndef BSYNC_CORE_KEYS_H
#define BSYNC_CORE_KEYS_H

#include "core/ids.h"

enum { BSYNC_KEY_SIZE = 32 };

/* A secret; wipe with bsync_key_wipe. */
struct bsync_key { uint8_t bytes[BSYNC_KEY_SIZE]; };
void bsync_key_wipe(struct bsync_key *key);

/* Where randomness comes from: fills `out`, 0 on success.  The stores pass the system's; the simulator a
 * seeded one. */
struct bsync_random {
	int (*fill)(void *context, uint8_t *out, size_t size);
	void *context;
};

void bsync_sha256(struct bsync_bytes input, struct bsync_digest *out);
/* HMAC-SHA256 (RFC 2104). */
BSYNC_CHECKED enum bsync_result bsync_hmac(struct bsync_bytes key, struct bsync_bytes input, uint8_t out[32]);
/* HKDF-SHA256 (RFC 5869), extract and expand; `out_size` at most 8160. */
BSYNC_CHECKED enum bsync_result bsync_hkdf(struct bsync_bytes salt, struct bsync_bytes secret, struct bsync_bytes info,
                                           uint8_t *out, size_t out_size);
/* Compares in constant time. */
bool bsync_secret_equal(const void *a, const void *b, size_t size);
void bsync_wipe(void *secret, size_t size);

/* Seals `plain` under a passphrase or other low-entropy secret: Argon2id (libsodium; 64 MiB, 3 passes) then
 * ChaCha20-Poly1305; or under a 32-byte key.  The file forms of PROTOCOL 8.6.  `aad` is bound. */
BSYNC_CHECKED enum bsync_result bsync_box_with_passphrase(struct bsync_bytes passphrase, struct bsync_bytes aad,
                                                          struct bsync_bytes plain, const struct bsync_random *random,
                                                          struct bsync_buffer *out);
BSYNC_CHECKED enum bsync_result bsync_box_with_key(const struct bsync_key *key, struct bsync_bytes aad,
                                                   struct bsync_bytes plain, const struct bsync_random *random,
                                                   struct bsync_buffer *out);
/* Opens either; BSYNC_KEY when the passphrase or key does not fit, BSYNC_MALFORMED when it is no box. */
BSYNC_CHECKED enum bsync_result bsync_box_open_passphrase(struct bsync_bytes passphrase, struct bsync_bytes aad,
                                                          struct bsync_bytes box, struct bsync_buffer *plain);
BSYNC_CHECKED enum bsync_result bsync_box_open_key(const struct bsync_key *key, struct bsync_bytes aad,
                                                   struct bsync_bytes box, struct bsync_buffer *plain);

#endif
