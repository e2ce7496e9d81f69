/* seal.h: seal and open changesets: epoch secret, hedged per-message key and nonce, hash chain, batch signature.
 *
 * Format and formulas: schema/PROTOCOL.md sections 8.2 to 8.4.  The plaintext is core/changeset.h's. */
#ifndef BSYNC_CORE_SEAL_H
#define BSYNC_CORE_SEAL_H

#include "core/ids.h"
#include "core/keys.h"
#include "core/message.h"

enum {
	BSYNC_SUITE_AES_256_GCM = 1,
	BSYNC_SUITE_CHACHA20_POLY1305 = 2,
	BSYNC_SEAL_SALT_SIZE = 24,
	BSYNC_SEAL_TAG_SIZE = 16,
	BSYNC_SIGNATURE_SIZE = 64,
};

/* Compression contexts and working memory that outlive one changeset: with one, sealing or opening a small
 * changeset costs a few microseconds, without one several times that.  For one dictionary, which is borrowed
 * until the scratch is freed (it must be the same pointer as the context's); used by one thread at a time;
 * may be shared by contexts.  Memory follows the largest changeset seen, some MiB at most. */
struct bsync_seal_scratch;
BSYNC_CHECKED enum bsync_result bsync_seal_scratch_new(struct bsync_bytes dictionary, struct bsync_seal_scratch **out);
/* NULL is allowed. */
void bsync_seal_scratch_free(struct bsync_seal_scratch *scratch);

/* What is constant while one epoch of one line lasts; authenticated with each changeset, not sent. */
struct bsync_seal_context {
	struct bsync_organisation_id organisation;
	struct bsync_device_id device;
	struct bsync_worker_id author;
	struct bsync_line_id line;
	uint32_t epoch;
	uint8_t suite;
	struct bsync_bytes dictionary;      /* of the schema, may be empty; borrowed */
	struct bsync_key secret;            /* ES_e */
	struct bsync_seal_scratch *scratch; /* borrowed; NULL: each call makes its own */
};

/* The fastest suite this machine has hardware for: AES-256-GCM with AES instructions, else ChaCha20-Poly1305.
 * libsodium looks at the processor in bsync_tls_library_init (core/tls.h); before it, the answer is the latter. */
uint8_t bsync_seal_suite_preferred(void);

/* Compresses, pads and seals `plain` as number `seq` behind `previous`; appends ciphertext and tag to `body`,
 * writes the salt and the changeset's own hash.  `random32` are fresh random bytes (a repeat is harmless).
 * BSYNC_TOO_LARGE over BSYNC_CHANGESET_SIZE_MAX, BSYNC_INVALID for an unknown suite, BSYNC_SCHEMA when the
 * dictionary is not one. */
BSYNC_CHECKED enum bsync_result bsync_seal(const struct bsync_seal_context *context, uint64_t seq,
					   const struct bsync_digest *previous, const uint8_t random32[32],
					   struct bsync_bytes plain, uint8_t salt[BSYNC_SEAL_SALT_SIZE],
					   struct bsync_buffer *body, struct bsync_digest *hash);

/* The chain hash of a sealed changeset, without opening it. */
void bsync_seal_hash(const struct bsync_seal_context *context, uint64_t seq, const struct bsync_digest *previous,
		     const struct bsync_sealed *sealed, struct bsync_digest *hash);

/* Opens number `seq` behind `previous`; appends the plaintext.  BSYNC_BAD_SEAL when the tag does not fit,
 * BSYNC_TOO_LARGE when it would open to more than BSYNC_CHANGESET_SIZE_MAX, BSYNC_NOT_FOUND when it was
 * compressed with a dictionary other than the context's, BSYNC_MALFORMED, BSYNC_INVALID for an unknown suite. */
BSYNC_CHECKED enum bsync_result bsync_unseal(const struct bsync_seal_context *context, uint64_t seq,
					     const struct bsync_digest *previous, const struct bsync_sealed *sealed,
					     struct bsync_buffer *plain);

/* An ECDSA P-256 key pair of a device or of the daemon; opaque because mbedtls is not our callers' business. */
struct bsync_signing_key;
BSYNC_CHECKED enum bsync_result bsync_signing_key_make(const struct bsync_random *random,
						       struct bsync_signing_key **out);
/* From PKCS#8 or SEC1 DER and to SEC1 DER; the buffer holds a secret.  BSYNC_MALFORMED unless it is P-256. */
BSYNC_CHECKED enum bsync_result bsync_signing_key_parse(struct bsync_bytes der, struct bsync_signing_key **out);
BSYNC_CHECKED enum bsync_result bsync_signing_key_export(const struct bsync_signing_key *key, struct bsync_buffer *der);
/* DER SubjectPublicKeyInfo. */
BSYNC_CHECKED enum bsync_result bsync_signing_key_public(const struct bsync_signing_key *key, struct bsync_buffer *der);
void bsync_signing_key_free(struct bsync_signing_key *key);

/* Signs SHA-256 of `message`, deterministic (RFC 6979), raw r || s.  Threads may share the key. */
BSYNC_CHECKED enum bsync_result bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
					   uint8_t signature[BSYNC_SIGNATURE_SIZE]);

/* A parsed public key, so that a session parses it once.  Parsing fails with BSYNC_MALFORMED unless it is P-256.
 * Threads may share it. */
struct bsync_verify_key;
BSYNC_CHECKED enum bsync_result bsync_verify_key_parse(struct bsync_bytes spki_der, struct bsync_verify_key **out);
void bsync_verify_key_free(struct bsync_verify_key *key);
/* BSYNC_BAD_SIGNATURE unless `signature` is the key's over `message`. */
BSYNC_CHECKED enum bsync_result bsync_verify(const struct bsync_verify_key *key, struct bsync_bytes message,
					     struct bsync_bytes signature);

/* Signs or verifies a batch: changesets first_seq..last_seq, the last with hash `last`. */
BSYNC_CHECKED enum bsync_result bsync_batch_sign(const struct bsync_seal_context *context,
						 const struct bsync_signing_key *key, uint64_t first_seq,
						 uint64_t last_seq, const struct bsync_digest *last,
						 uint8_t signature[BSYNC_SIGNATURE_SIZE]);
BSYNC_CHECKED enum bsync_result bsync_batch_verify(const struct bsync_seal_context *context,
						   const struct bsync_verify_key *key, uint64_t first_seq,
						   uint64_t last_seq, const struct bsync_digest *last,
						   struct bsync_bytes signature);

/* Makes the record that opens an epoch: seals context->secret to the store's key and signs.  `out` borrows
 * `signature`; `random32` are fresh random bytes, used nowhere else. */
BSYNC_CHECKED enum bsync_result bsync_epoch_seal(const struct bsync_seal_context *context, const uint8_t seal_key[32],
						 uint64_t first_seq, const struct bsync_digest *parent,
						 const struct bsync_signing_key *key, const uint8_t random32[32],
						 uint8_t signature[BSYNC_SIGNATURE_SIZE], struct bsync_epoch_open *out);
/* Verifies it and recovers the secret into context->secret; the other fields of `context` are known.
 * BSYNC_MALFORMED when epoch, suite or line are not the context's, BSYNC_BAD_SIGNATURE, BSYNC_BAD_SEAL. */
BSYNC_CHECKED enum bsync_result bsync_epoch_unseal(struct bsync_seal_context *context, const uint8_t seal_private[32],
						   const struct bsync_epoch_open *open,
						   const struct bsync_verify_key *key);

#endif
