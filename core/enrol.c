/* enrol.c: the proof that a device holds the key it enrols with (core/identity.h). */
#include "core/identity.h"

#include <assert.h>

/* PROTOCOL 9.2: "signature over label "bsync/enrol/v1", nonce, TLS exporter" and the hashes of secret and key. */
static void proof_message(struct bsync_bytes public_key, const uint8_t nonce[32], const uint8_t exporter[32],
			  const uint8_t secret[16], struct bsync_labelled *message)
{
	struct bsync_digest hash;

	bsync_labelled_begin(message, "bsync/enrol/v1");
	bsync_labelled_add(message, nonce, 32);
	bsync_labelled_add(message, exporter, 32);
	bsync_sha256((struct bsync_bytes){secret, 16}, &hash);
	bsync_labelled_add(message, hash.bytes, sizeof(hash.bytes));
	bsync_sha256(public_key, &hash);
	bsync_labelled_add(message, hash.bytes, sizeof(hash.bytes));
}

enum bsync_result bsync_enrol_prove(const struct bsync_signing_key *key, const uint8_t nonce[32],
				    const uint8_t exporter[32], const uint8_t secret[16],
				    uint8_t proof[BSYNC_SIGNATURE_SIZE])
{
	struct bsync_labelled message;
	struct bsync_buffer spki;

	assert(key != NULL && proof != NULL);
	bsync_buffer_init(&spki, 256);
	enum bsync_result result = bsync_signing_key_public(key, &spki);
	if (result == BSYNC_OK) {
		proof_message(bsync_buffer_bytes(&spki), nonce, exporter, secret, &message);
		result = bsync_sign(key, bsync_labelled_bytes(&message), proof);
	}
	bsync_buffer_clear(&spki);
	return result;
}

enum bsync_result bsync_enrol_check(struct bsync_bytes public_key, const uint8_t nonce[32], const uint8_t exporter[32],
				    const uint8_t secret[16], struct bsync_bytes proof)
{
	struct bsync_labelled message;
	struct bsync_verify_key *key = NULL;

	assert(nonce != NULL && exporter != NULL && secret != NULL);
	enum bsync_result result = bsync_verify_key_parse(public_key, &key);
	if (result != BSYNC_OK)
		return result;
	proof_message(public_key, nonce, exporter, secret, &message);
	result = bsync_verify(key, bsync_labelled_bytes(&message), proof);
	bsync_verify_key_free(key);
	return result;
}
