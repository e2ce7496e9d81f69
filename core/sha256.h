/* sha256.h: SHA-256 (FIPS 180-4) and HMAC over it, piece by piece, without allocation.
 *
 * Uses the processor's SHA instructions where there are some, else mbedtls' block function.  Sealing one
 * small changeset hashes about fifty blocks, so their speed is most of its cost. */
#ifndef BSYNC_CORE_SHA256_H
#define BSYNC_CORE_SHA256_H

#include "core/ids.h"

enum { BSYNC_SHA256_BLOCK_SIZE = 64 };

/* A hash in progress.  Copying it forks the computation. */
struct bsync_sha256_state {
	uint32_t words[8];
	uint64_t size; /* bytes added so far */
	uint8_t block[BSYNC_SHA256_BLOCK_SIZE];
};

/* Starts a hash. */
void bsync_sha256_begin(struct bsync_sha256_state *state);
/* Adds `input`. */
void bsync_sha256_add(struct bsync_sha256_state *state, struct bsync_bytes input);
/* Writes the digest and wipes the state. */
void bsync_sha256_end(struct bsync_sha256_state *state, uint8_t out[BSYNC_DIGEST_SIZE]);

/* An HMAC-SHA256 (RFC 2104) in progress; it holds what the key became.  Copying it forks the computation. */
struct bsync_hmac_state {
	struct bsync_sha256_state inner;
	struct bsync_sha256_state outer;
};

/* Starts an HMAC under `key` of any size. */
void bsync_hmac_begin(struct bsync_hmac_state *state, struct bsync_bytes key);
/* Adds `input`. */
void bsync_hmac_add(struct bsync_hmac_state *state, struct bsync_bytes input);
/* Writes the code and wipes the state. */
void bsync_hmac_end(struct bsync_hmac_state *state, uint8_t out[BSYNC_DIGEST_SIZE]);

#endif
