#include "core/aead.h"

#include <assert.h>

#include <mbedtls/gcm.h>
#include <sodium.h>

#include "core/seal.h"

_Static_assert(BSYNC_AEAD_TAG_SIZE == crypto_aead_aes256gcm_ABYTES, "a tag is 128 bits");
_Static_assert(BSYNC_AEAD_NONCE_SIZE == crypto_aead_aes256gcm_NPUBBYTES, "a nonce is 96 bits");

/* AES-256-GCM by mbedtls.  `seal` encrypts in place; else `out` gets what `data` and its tag open to. */
static enum bsync_result gcm_portable(bool seal, const struct bsync_key *key, const uint8_t *nonce,
				      struct bsync_bytes aad, const uint8_t *data, size_t size, uint8_t *out)
{
	mbedtls_gcm_context gcm;
	enum bsync_result result = BSYNC_OK;
	int status = 0;

	mbedtls_gcm_init(&gcm);
	if (mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key->bytes, 8 * sizeof(key->bytes)) != 0) {
		result = BSYNC_CRYPTO;
	} else if (seal) {
		status = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, size, nonce, BSYNC_AEAD_NONCE_SIZE,
						   aad.data, aad.size, data, out, BSYNC_AEAD_TAG_SIZE, out + size);
		result = status == 0 ? BSYNC_OK : BSYNC_CRYPTO;
	} else {
		status = mbedtls_gcm_auth_decrypt(&gcm, size, nonce, BSYNC_AEAD_NONCE_SIZE, aad.data, aad.size,
						  data + size, BSYNC_AEAD_TAG_SIZE, data, out);
		result = status == 0 ? BSYNC_OK : BSYNC_BAD_SEAL;
	}
	mbedtls_gcm_free(&gcm);
	return result;
}

enum bsync_result bsync_aead_seal(uint8_t suite, const struct bsync_key *key,
				  const uint8_t nonce[BSYNC_AEAD_NONCE_SIZE], struct bsync_bytes aad, uint8_t *data,
				  size_t size)
{
	enum bsync_result result = BSYNC_OK;
	int status = 0;

	assert(data != NULL && size <= BSYNC_AEAD_SIZE_MAX);
	assert(suite == BSYNC_SUITE_AES_256_GCM || suite == BSYNC_SUITE_CHACHA20_POLY1305);
	if (suite == BSYNC_SUITE_CHACHA20_POLY1305)
		status = crypto_aead_chacha20poly1305_ietf_encrypt(data, NULL, data, size, aad.data, aad.size, NULL,
								   nonce, key->bytes);
	else if (crypto_aead_aes256gcm_is_available())
		status = crypto_aead_aes256gcm_encrypt(data, NULL, data, size, aad.data, aad.size, NULL, nonce,
						       key->bytes);
	else
		result = gcm_portable(true, key, nonce, aad, data, size, data);
	if (status != 0)
		result = BSYNC_CRYPTO;
	if (result != BSYNC_OK)
		sodium_memzero(data, size);
	return result;
}

enum bsync_result bsync_aead_open(uint8_t suite, const struct bsync_key *key,
				  const uint8_t nonce[BSYNC_AEAD_NONCE_SIZE], struct bsync_bytes aad,
				  struct bsync_bytes sealed, uint8_t *out)
{
	int status = 0;

	assert(out != NULL && sealed.size >= BSYNC_AEAD_TAG_SIZE);
	assert(sealed.size - BSYNC_AEAD_TAG_SIZE <= BSYNC_AEAD_SIZE_MAX);
	assert(suite == BSYNC_SUITE_AES_256_GCM || suite == BSYNC_SUITE_CHACHA20_POLY1305);
	const size_t size = sealed.size - BSYNC_AEAD_TAG_SIZE;
	if (suite == BSYNC_SUITE_CHACHA20_POLY1305)
		status = crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, sealed.size, aad.data,
								   aad.size, nonce, key->bytes);
	else if (crypto_aead_aes256gcm_is_available())
		status = crypto_aead_aes256gcm_decrypt(out, NULL, NULL, sealed.data, sealed.size, aad.data, aad.size,
						       nonce, key->bytes);
	else
		return gcm_portable(false, key, nonce, aad, sealed.data, size, out);
	if (status != 0)
		sodium_memzero(out, size);
	return status == 0 ? BSYNC_OK : BSYNC_BAD_SEAL;
}
