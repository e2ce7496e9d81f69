/* signing.c: ECDSA P-256 keys and signatures (core/seal.h). */
#include "core/signing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ecdsa.h>
#include <mbedtls/error.h>

#include "core/mbedtls_random.h"
#include "core/mbedtls_result.h"

enum { DER_SIZE_MAX = 512 };

struct bsync_verify_key {
	mbedtls_ecp_point point;
};

static bool pk_is_p256(const mbedtls_pk_context *pk)
{
	return mbedtls_pk_get_type(pk) == MBEDTLS_PK_ECKEY &&
	       mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(*pk)) == MBEDTLS_ECP_DP_SECP256R1;
}

static enum bsync_result key_allocate(struct bsync_signing_key **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return BSYNC_NO_MEMORY;
	mbedtls_pk_init(&(*out)->pk);
	return BSYNC_OK;
}

void bsync_signing_key_free(struct bsync_signing_key *key)
{
	if (key == NULL)
		return;
	mbedtls_pk_free(&key->pk);
	bsync_key_wipe(&key->scalar);
	free(key);
}

/* Takes the scalar out of the parsed or made key. */
static enum bsync_result key_complete(struct bsync_signing_key *key)
{
	size_t size = 0;

	if (mbedtls_ecp_write_key_ext(mbedtls_pk_ec(key->pk), &size, key->scalar.bytes, BSYNC_P256_SCALAR_SIZE) != 0 ||
	    size != BSYNC_P256_SCALAR_SIZE)
		return BSYNC_CRYPTO;
	return BSYNC_OK;
}

enum bsync_result bsync_signing_key_make(const struct bsync_random *random, struct bsync_signing_key **out)
{
	struct bsync_signing_key *key = NULL;
	struct bsync_random source = *random;
	int status = 0;

	assert(out != NULL);
	enum bsync_result result = key_allocate(&key);
	if (result != BSYNC_OK)
		return result;
	status = mbedtls_pk_setup(&key->pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
	if (status == 0)
		status = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key->pk), bsync_mbedtls_random,
					     &source);
	/* The generator's failure is the only one that is not a lack of memory. */
	result = bsync_mbedtls_result(status, BSYNC_RANDOM);
	if (result == BSYNC_OK)
		result = key_complete(key);
	if (result != BSYNC_OK)
		goto fail;
	*out = key;
	return BSYNC_OK;
fail:
	bsync_signing_key_free(key);
	return result;
}

enum bsync_result bsync_signing_key_parse(struct bsync_bytes der, struct bsync_signing_key **out)
{
	struct bsync_signing_key *key = NULL;
	struct bsync_blinding blinding;

	assert(out != NULL);
	if (der.size == 0 || der.size > DER_SIZE_MAX)
		return BSYNC_MALFORMED;
	enum bsync_result result = key_allocate(&key);
	if (result != BSYNC_OK)
		return result;
	result = bsync_blinding_begin(&blinding, der, bsync_bytes_of_string("parse"));
	if (result != BSYNC_OK)
		goto fail;
	if (mbedtls_pk_parse_key(&key->pk, der.data, der.size, NULL, 0, bsync_blinding_random, &blinding) != 0 ||
	    !pk_is_p256(&key->pk) ||
	    mbedtls_ecp_check_pub_priv(mbedtls_pk_ec(key->pk), mbedtls_pk_ec(key->pk), bsync_blinding_random,
				       &blinding) != 0)
		result = BSYNC_MALFORMED;
	if (result == BSYNC_OK)
		result = key_complete(key);
	if (result != BSYNC_OK)
		goto fail;
	bsync_blinding_end(&blinding);
	*out = key;
	return BSYNC_OK;
fail:
	bsync_blinding_end(&blinding);
	bsync_signing_key_free(key);
	return result;
}

/* mbedtls writes DER at the end of its buffer. */
static enum bsync_result append_der(int written, const uint8_t scratch[DER_SIZE_MAX], struct bsync_buffer *der)
{
	if (written <= 0 || written > DER_SIZE_MAX)
		return BSYNC_CRYPTO;
	return bsync_buffer_append(der, scratch + DER_SIZE_MAX - written, (size_t)written);
}

enum bsync_result bsync_signing_key_export(const struct bsync_signing_key *key, struct bsync_buffer *der)
{
	uint8_t scratch[DER_SIZE_MAX];

	assert(key != NULL && der != NULL);
	int written = mbedtls_pk_write_key_der(&key->pk, scratch, sizeof(scratch));
	enum bsync_result result = append_der(written, scratch, der);
	bsync_wipe(scratch, sizeof(scratch));
	return result;
}

enum bsync_result bsync_signing_key_public(const struct bsync_signing_key *key, struct bsync_buffer *der)
{
	uint8_t scratch[DER_SIZE_MAX];

	assert(key != NULL && der != NULL);
	return append_der(mbedtls_pk_write_pubkey_der(&key->pk, scratch, sizeof(scratch)), scratch, der);
}

/* Splits mbedtls' two numbers into r || s. */
static enum bsync_result numbers_write(const mbedtls_mpi *r, const mbedtls_mpi *s,
				       uint8_t signature[BSYNC_SIGNATURE_SIZE])
{
	if (mbedtls_mpi_write_binary(r, signature, BSYNC_P256_SCALAR_SIZE) != 0 ||
	    mbedtls_mpi_write_binary(s, signature + BSYNC_P256_SCALAR_SIZE, BSYNC_P256_SCALAR_SIZE) != 0)
		return BSYNC_CRYPTO;
	return BSYNC_OK;
}

enum bsync_result bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
			     uint8_t signature[BSYNC_SIGNATURE_SIZE])
{
	struct bsync_blinding blinding;
	struct bsync_digest digest;
	mbedtls_ecp_group group;
	mbedtls_mpi d, r, s;
	int status = 0;

	assert(key != NULL && signature != NULL);
	bsync_sha256(message, &digest);
	mbedtls_ecp_group_init(&group);
	mbedtls_mpi_init(&d);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	/* A group of our own keeps the key unchanged, so that threads can share it. */
	enum bsync_result result = bsync_blinding_begin(&blinding,
							(struct bsync_bytes){key->scalar.bytes, BSYNC_P256_SCALAR_SIZE},
							(struct bsync_bytes){digest.bytes, sizeof(digest.bytes)});
	if (result == BSYNC_OK)
		status = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1);
	if (result == BSYNC_OK && status == 0)
		status = mbedtls_mpi_read_binary(&d, key->scalar.bytes, BSYNC_P256_SCALAR_SIZE);
	if (result == BSYNC_OK && status == 0)
		status = mbedtls_ecdsa_sign_det_ext(&group, &r, &s, &d, digest.bytes, sizeof(digest.bytes),
						    MBEDTLS_MD_SHA256, bsync_blinding_random, &blinding);
	if (result == BSYNC_OK)
		result = bsync_mbedtls_result(status, BSYNC_CRYPTO);
	if (result == BSYNC_OK)
		result = numbers_write(&r, &s, signature);
	bsync_blinding_end(&blinding);
	mbedtls_mpi_free(&s);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&d);
	mbedtls_ecp_group_free(&group);
	return result;
}

enum bsync_result bsync_public_key_parse(struct bsync_bytes spki_der, mbedtls_pk_context *pk)
{
	uint8_t copy[DER_SIZE_MAX];
	unsigned char *position = copy;

	if (spki_der.size == 0 || spki_der.size > sizeof(copy))
		return BSYNC_MALFORMED;
	memcpy(copy, spki_der.data, spki_der.size);
	enum bsync_result result = bsync_mbedtls_result(mbedtls_pk_parse_subpubkey(&position, copy + spki_der.size, pk),
							BSYNC_MALFORMED);
	if (result != BSYNC_OK)
		return result;
	return position == copy + spki_der.size && pk_is_p256(pk) ? BSYNC_OK : BSYNC_MALFORMED;
}

enum bsync_result bsync_verify_key_parse(struct bsync_bytes spki_der, struct bsync_verify_key **out)
{
	struct bsync_verify_key *key = NULL;
	mbedtls_pk_context pk;
	enum bsync_result result = BSYNC_OK;

	assert(out != NULL);
	mbedtls_pk_init(&pk);
	result = bsync_public_key_parse(spki_der, &pk);
	if (result != BSYNC_OK)
		goto fail;
	key = calloc(1, sizeof(*key));
	if (key == NULL) {
		result = BSYNC_NO_MEMORY;
		goto fail;
	}
	mbedtls_ecp_point_init(&key->point);
	if (mbedtls_ecp_export(mbedtls_pk_ec(pk), NULL, NULL, &key->point) != 0) {
		result = BSYNC_NO_MEMORY;
		goto fail;
	}
	mbedtls_pk_free(&pk);
	*out = key;
	return BSYNC_OK;
fail:
	mbedtls_pk_free(&pk);
	bsync_verify_key_free(key);
	return result;
}

void bsync_verify_key_free(struct bsync_verify_key *key)
{
	if (key == NULL)
		return;
	mbedtls_ecp_point_free(&key->point);
	free(key);
}

enum bsync_result bsync_verify(const struct bsync_verify_key *key, struct bsync_bytes message,
			       struct bsync_bytes signature)
{
	mbedtls_ecp_group group;
	struct bsync_digest digest;
	mbedtls_mpi r, s;
	enum bsync_result result = BSYNC_BAD_SIGNATURE;

	assert(signature.size == 0 || signature.data != NULL);
	if (signature.size != BSYNC_SIGNATURE_SIZE)
		return BSYNC_BAD_SIGNATURE;
	bsync_sha256(message, &digest);
	mbedtls_ecp_group_init(&group);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	if (mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) != 0 ||
	    mbedtls_mpi_read_binary(&r, signature.data, BSYNC_P256_SCALAR_SIZE) != 0 ||
	    mbedtls_mpi_read_binary(&s, signature.data + BSYNC_P256_SCALAR_SIZE, BSYNC_P256_SCALAR_SIZE) != 0)
		result = BSYNC_NO_MEMORY;
	else
		result = bsync_mbedtls_result(
			mbedtls_ecdsa_verify(&group, digest.bytes, sizeof(digest.bytes), &key->point, &r, &s),
			BSYNC_BAD_SIGNATURE);
	mbedtls_mpi_free(&s);
	mbedtls_mpi_free(&r);
	mbedtls_ecp_group_free(&group);
	return result;
}
