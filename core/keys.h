/* keys.h: the key derivations of Buurtsync, each with its own label, and the small primitives around them.
 *
 * Labels and inputs: schema/PROTOCOL.md section 8.1 (HKDF-SHA256, RFC 5869; inputs length-prefixed).
 * Secrets passed in stay the caller's to wipe. */
#ifndef BSYNC_CORE_KEYS_H
#define BSYNC_CORE_KEYS_H

#include "core/ids.h"

enum { BSYNC_KEY_SIZE = 32 };

/* A secret; wipe with bsync_key_wipe. */
struct bsync_key {
	uint8_t bytes[BSYNC_KEY_SIZE];
};
void bsync_key_wipe(struct bsync_key *key);

/* Where randomness comes from: fills `out`, 0 on success.  The stores pass the system's; the simulator a
 * seeded one.  What TLS settings hold is called from every thread that uses them. */
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
/* What a derivation, hash or signature takes in: a label, then inputs that are each preceded by their length
 * as u16 (PROTOCOL 8.1).  More than BSYNC_LABELLED_SIZE_MAX bytes in all is a bug. */
enum { BSYNC_LABELLED_SIZE_MAX = 1024 };
struct bsync_labelled {
	uint8_t bytes[BSYNC_LABELLED_SIZE_MAX];
	size_t size;
};
void bsync_labelled_begin(struct bsync_labelled *labelled, const char *label);
void bsync_labelled_add(struct bsync_labelled *labelled, const void *input, size_t size);
void bsync_labelled_add_u32(struct bsync_labelled *labelled, uint32_t input);
void bsync_labelled_add_u64(struct bsync_labelled *labelled, uint64_t input);
struct bsync_bytes bsync_labelled_bytes(const struct bsync_labelled *labelled);

/* Compares in constant time. */
bool bsync_secret_equal(const void *a, const void *b, size_t size);
void bsync_wipe(void *secret, size_t size);

/* What a box adds to what it holds. */
enum { BSYNC_BOX_OVERHEAD = 58 };

/* Seals `plain` under a passphrase or other low-entropy secret: Argon2id (libsodium; 64 MiB, 3 passes) then
 * ChaCha20-Poly1305; or under a 32-byte key.  The file forms of PROTOCOL 8.6.  `aad` is bound.  Appends. */
BSYNC_CHECKED enum bsync_result bsync_box_with_passphrase(struct bsync_bytes passphrase, struct bsync_bytes aad,
							  struct bsync_bytes plain, const struct bsync_random *random,
							  struct bsync_buffer *out);
BSYNC_CHECKED enum bsync_result bsync_box_with_key(const struct bsync_key *key, struct bsync_bytes aad,
						   struct bsync_bytes plain, const struct bsync_random *random,
						   struct bsync_buffer *out);
/* Opens either and appends; BSYNC_KEY when the passphrase or key does not fit (or a byte was changed, which
 * looks the same), BSYNC_MALFORMED when it is no box of that kind or asks for too little or too much work. */
BSYNC_CHECKED enum bsync_result bsync_box_open_passphrase(struct bsync_bytes passphrase, struct bsync_bytes aad,
							  struct bsync_bytes box, struct bsync_buffer *plain);
BSYNC_CHECKED enum bsync_result bsync_box_open_key(const struct bsync_key *key, struct bsync_bytes aad,
						   struct bsync_bytes box, struct bsync_buffer *plain);

#endif
