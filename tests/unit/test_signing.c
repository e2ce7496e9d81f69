#include "core/seal.h"

#include "tests/support/harness.h"
#include "tests/support/hex.h"

/* RFC 6979 appendix A.2.5: P-256. */
static const char rfc_private[] = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
static const char rfc_public[] = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
				 "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
static const char rfc_sample[] = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
				 "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
static const char rfc_test[] = "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
			       "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083";

static int counting_fill(void *context, uint8_t *out, size_t size)
{
	uint8_t *next = context;

	for (size_t i = 0; i < size; i++)
		out[i] = (*next)++;
	return 0;
}

static int failing_fill(void *context, uint8_t *out, size_t size)
{
	(void)context;
	(void)out;
	(void)size;
	return -1;
}

static struct bsync_signing_key *key_of(uint8_t seed)
{
	struct bsync_signing_key *key = NULL;
	const struct bsync_random random = {counting_fill, &seed};

	return bsync_signing_key_make(&random, &key) == BSYNC_OK ? key : NULL;
}

/* A SEC1 ECPrivateKey without the public key: version 1, the scalar, the curve's name. */
static enum bsync_result rfc_key(struct bsync_signing_key **key)
{
	uint8_t der[51];
	size_t size = hex_decode("30310201010420", der, sizeof(der));

	size += hex_decode(rfc_private, der + size, 32);
	size += hex_decode("a00a06082a8648ce3d030107", der + size, 12);
	return bsync_signing_key_parse((struct bsync_bytes){der, size}, key);
}

TEST(signatures_are_those_of_rfc_6979)
{
	struct bsync_signing_key *key = NULL;
	uint8_t expected[64];
	uint8_t signature[64];

	CHECK_EQ(rfc_key(&key), BSYNC_OK);
	hex_decode(rfc_sample, expected, 64);
	CHECK_EQ(bsync_sign(key, bsync_bytes_of_string("sample"), signature), BSYNC_OK);
	CHECK_BYTES(signature, 64, expected, 64);
	hex_decode(rfc_test, expected, 64);
	CHECK_EQ(bsync_sign(key, bsync_bytes_of_string("test"), signature), BSYNC_OK);
	CHECK_BYTES(signature, 64, expected, 64);
	bsync_signing_key_free(key);
}

TEST(public_key_is_that_of_rfc_6979)
{
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer spki;
	uint8_t expected[91];

	bsync_buffer_init(&spki, 200);
	CHECK_EQ(rfc_key(&key), BSYNC_OK);
	CHECK_EQ(bsync_signing_key_public(key, &spki), BSYNC_OK);
	size_t size = hex_decode("3059301306072a8648ce3d020106082a8648ce3d03010703420004", expected, 91);
	hex_decode(rfc_public, expected + size, 64);
	CHECK_BYTES(spki.data, spki.size, expected, 91);
	bsync_buffer_clear(&spki);
	bsync_signing_key_free(key);
}

TEST(signature_fits_its_message_and_key_only)
{
	struct bsync_signing_key *key = key_of(1);
	struct bsync_signing_key *other = key_of(2);
	struct bsync_verify_key *verify = NULL;
	struct bsync_verify_key *verify_other = NULL;
	struct bsync_buffer spki;
	uint8_t signature[64];
	const struct bsync_bytes message = bsync_bytes_of_string("message");

	bsync_buffer_init(&spki, 200);
	CHECK_EQ(bsync_signing_key_public(key, &spki), BSYNC_OK);
	CHECK_EQ(bsync_verify_key_parse(bsync_buffer_bytes(&spki), &verify), BSYNC_OK);
	bsync_buffer_clear(&spki);
	CHECK_EQ(bsync_signing_key_public(other, &spki), BSYNC_OK);
	CHECK_EQ(bsync_verify_key_parse(bsync_buffer_bytes(&spki), &verify_other), BSYNC_OK);
	CHECK_EQ(bsync_sign(key, message, signature), BSYNC_OK);
	const struct bsync_bytes signed_bytes = {signature, sizeof(signature)};
	CHECK_EQ(bsync_verify(verify, message, signed_bytes), BSYNC_OK);
	CHECK_EQ(bsync_verify(verify_other, message, signed_bytes), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_verify(verify, bsync_bytes_of_string("messagf"), signed_bytes), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_verify(verify, message, (struct bsync_bytes){signature, 63}), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_verify(verify, message, (struct bsync_bytes){NULL, 0}), BSYNC_BAD_SIGNATURE);
	for (size_t i = 0; i < 64; i += 9) {
		signature[i] ^= 0x10;
		CHECK_EQ(bsync_verify(verify, message, signed_bytes), BSYNC_BAD_SIGNATURE);
		signature[i] ^= 0x10;
	}
	memset(signature, 0, sizeof(signature));
	CHECK_EQ(bsync_verify(verify, message, signed_bytes), BSYNC_BAD_SIGNATURE);
	bsync_buffer_clear(&spki);
	bsync_verify_key_free(verify);
	bsync_verify_key_free(verify_other);
	bsync_signing_key_free(key);
	bsync_signing_key_free(other);
}

TEST(exported_key_signs_as_before)
{
	struct bsync_signing_key *key = key_of(3);
	struct bsync_signing_key *copy = NULL;
	struct bsync_buffer der;
	uint8_t first[64];
	uint8_t second[64];

	bsync_buffer_init(&der, 300);
	CHECK_EQ(bsync_signing_key_export(key, &der), BSYNC_OK);
	CHECK_EQ(bsync_signing_key_parse(bsync_buffer_bytes(&der), &copy), BSYNC_OK);
	CHECK_EQ(bsync_sign(key, bsync_bytes_of_string("m"), first), BSYNC_OK);
	CHECK_EQ(bsync_sign(copy, bsync_bytes_of_string("m"), second), BSYNC_OK);
	CHECK_BYTES(first, 64, second, 64);
	bsync_buffer_wipe(&der);
	bsync_signing_key_free(key);
	bsync_signing_key_free(copy);
}

TEST(private_key_that_is_none_is_refused)
{
	struct bsync_signing_key *key = key_of(4);
	struct bsync_signing_key *parsed = NULL;
	struct bsync_buffer der;

	bsync_buffer_init(&der, 300);
	CHECK_EQ(bsync_signing_key_export(key, &der), BSYNC_OK);
	for (size_t size = 0; size < der.size; size += 7)
		CHECK_EQ(bsync_signing_key_parse((struct bsync_bytes){der.data, size}, &parsed), BSYNC_MALFORMED);
	/* Its public half belongs to another key. */
	der.data[der.size - 1] ^= 1;
	CHECK_EQ(bsync_signing_key_parse(bsync_buffer_bytes(&der), &parsed), BSYNC_MALFORMED);
	der.data[der.size - 1] ^= 1;
	/* So does its private half; the scalar is at bytes 7 to 38. */
	der.data[20] ^= 1;
	CHECK_EQ(bsync_signing_key_parse(bsync_buffer_bytes(&der), &parsed), BSYNC_MALFORMED);
	CHECK(parsed == NULL);
	bsync_buffer_wipe(&der);
	bsync_signing_key_free(key);
}

TEST(public_key_that_is_none_is_refused)
{
	static const uint8_t junk[] = "not a key";
	struct bsync_signing_key *key = key_of(4);
	struct bsync_verify_key *verify = NULL;
	struct bsync_buffer spki;

	bsync_buffer_init(&spki, 300);
	CHECK_EQ(bsync_signing_key_public(key, &spki), BSYNC_OK);
	CHECK_EQ(bsync_verify_key_parse((struct bsync_bytes){junk, sizeof(junk)}, &verify), BSYNC_MALFORMED);
	CHECK_EQ(bsync_verify_key_parse((struct bsync_bytes){NULL, 0}, &verify), BSYNC_MALFORMED);
	for (size_t size = 0; size < spki.size; size++)
		CHECK_EQ(bsync_verify_key_parse((struct bsync_bytes){spki.data, size}, &verify), BSYNC_MALFORMED);
	CHECK_EQ(bsync_buffer_append(&spki, "x", 1), BSYNC_OK);
	CHECK_EQ(bsync_verify_key_parse(bsync_buffer_bytes(&spki), &verify), BSYNC_MALFORMED);
	/* Off the curve. */
	spki.data[spki.size - 2] ^= 1;
	CHECK_EQ(bsync_verify_key_parse((struct bsync_bytes){spki.data, spki.size - 1}, &verify), BSYNC_MALFORMED);
	CHECK(verify == NULL);
	bsync_buffer_clear(&spki);
	bsync_signing_key_free(key);
}

/* secp384r1's base point: a key that mbedtls can read and the protocol does not allow. */
TEST(public_key_of_another_curve_is_refused)
{
	uint8_t spki[120];
	struct bsync_verify_key *verify = NULL;
	size_t size = hex_decode("3076301006072a8648ce3d020106052b8104002203620004"
				 "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
				 "5502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29"
				 "f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
				 spki, sizeof(spki));

	CHECK_EQ(bsync_verify_key_parse((struct bsync_bytes){spki, size}, &verify), BSYNC_MALFORMED);
}

TEST(key_is_not_made_without_randomness)
{
	const struct bsync_random random = {failing_fill, NULL};
	struct bsync_signing_key *key = NULL;

	CHECK_EQ(bsync_signing_key_make(&random, &key), BSYNC_RANDOM);
	CHECK(key == NULL);
}
