#include "core/keys.h"

#include <sodium.h>

#include <mbedtls/sha256.h>

#include "core/sha256.h"
#include "tests/support/harness.h"
#include "tests/support/hex.h"

/* A source of randomness that counts on from `*context`. */
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

static struct bsync_bytes text(const char *string)
{
	return bsync_bytes_of_string(string);
}

TEST(sha256_gives_the_digests_of_fips_180)
{
	struct bsync_digest digest;
	uint8_t expected[32];

	bsync_sha256(text("abc"), &digest);
	hex_decode("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", expected, 32);
	CHECK_BYTES(digest.bytes, 32, expected, 32);
	bsync_sha256((struct bsync_bytes){NULL, 0}, &digest);
	hex_decode("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", expected, 32);
	CHECK_BYTES(digest.bytes, 32, expected, 32);
	bsync_sha256(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), &digest);
	hex_decode("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", expected, 32);
	CHECK_BYTES(digest.bytes, 32, expected, 32);
}

TEST(sha256_agrees_with_mbedtls_at_every_size_and_split)
{
	uint8_t input[400];
	uint8_t expected[32];
	uint8_t actual[32];

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)(i * 37 + i / 7);
	for (size_t size = 0; size <= sizeof(input); size++) {
		struct bsync_sha256_state state;
		size_t split = size * 5 / 11;

		CHECK_EQ(mbedtls_sha256(input, size, expected, 0), 0);
		bsync_sha256_begin(&state);
		bsync_sha256_add(&state, (struct bsync_bytes){input, split});
		bsync_sha256_add(&state, (struct bsync_bytes){input + split, size - split});
		bsync_sha256_end(&state, actual);
		CHECK_BYTES(actual, 32, expected, 32);
	}
}

TEST(hmac_gives_the_codes_of_rfc_4231)
{
	uint8_t key[131];
	uint8_t expected[32];
	uint8_t code[32];

	CHECK_EQ(bsync_hmac(text("Jefe"), text("what do ya want for nothing?"), code), BSYNC_OK);
	hex_decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", expected, 32);
	CHECK_BYTES(code, 32, expected, 32);
	memset(key, 0xaa, sizeof(key));
	CHECK_EQ(bsync_hmac((struct bsync_bytes){key, sizeof(key)},
			    text("Test Using Larger Than Block-Size Key - Hash Key First"), code),
		 BSYNC_OK);
	hex_decode("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", expected, 32);
	CHECK_BYTES(code, 32, expected, 32);
}

/* RFC 5869 appendix A.1 to A.3. */
TEST(hkdf_gives_the_keys_of_rfc_5869)
{
	uint8_t secret[80];
	uint8_t salt[80];
	uint8_t info[80];
	uint8_t expected[82];
	uint8_t key[82];

	memset(secret, 0x0b, 22);
	for (size_t i = 0; i < 80; i++) {
		salt[i] = (uint8_t)i;
		info[i] = (uint8_t)(0xf0 + i);
	}
	CHECK_EQ(bsync_hkdf((struct bsync_bytes){salt, 13}, (struct bsync_bytes){secret, 22},
			    (struct bsync_bytes){info, 10}, key, 42),
		 BSYNC_OK);
	hex_decode("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865", expected,
		   82);
	CHECK_BYTES(key, 42, expected, 42);

	CHECK_EQ(bsync_hkdf((struct bsync_bytes){NULL, 0}, (struct bsync_bytes){secret, 22},
			    (struct bsync_bytes){NULL, 0}, key, 42),
		 BSYNC_OK);
	hex_decode("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8", expected,
		   82);
	CHECK_BYTES(key, 42, expected, 42);

	for (size_t i = 0; i < 80; i++) {
		secret[i] = (uint8_t)i;
		salt[i] = (uint8_t)(0x60 + i);
		info[i] = (uint8_t)(0xb0 + i);
	}
	CHECK_EQ(bsync_hkdf((struct bsync_bytes){salt, 80}, (struct bsync_bytes){secret, 80},
			    (struct bsync_bytes){info, 80}, key, 82),
		 BSYNC_OK);
	hex_decode("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
		   "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
		   expected, 82);
	CHECK_BYTES(key, 82, expected, 82);
}

TEST(hkdf_refuses_more_than_rfc_5869_allows)
{
	static uint8_t key[8161];

	CHECK_EQ(bsync_hkdf(text("s"), text("k"), text("i"), key, 8160), BSYNC_OK);
	CHECK_EQ(bsync_hkdf(text("s"), text("k"), text("i"), key, 8161), BSYNC_INVALID);
}

TEST(labelled_inputs_can_not_run_into_each_other)
{
	static const uint8_t expected[] = {'l', 0, 2, 'a', 'b', 0, 0, 0, 4, 0, 0, 1, 2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3};
	struct bsync_labelled labelled;

	bsync_labelled_begin(&labelled, "l");
	bsync_labelled_add(&labelled, "ab", 2);
	bsync_labelled_add(&labelled, NULL, 0);
	bsync_labelled_add_u32(&labelled, 0x102);
	bsync_labelled_add_u64(&labelled, 3);
	CHECK_BYTES(bsync_labelled_bytes(&labelled).data, bsync_labelled_bytes(&labelled).size, expected,
		    sizeof(expected));
}

TEST(secrets_compare_by_content)
{
	CHECK(bsync_secret_equal("abc", "abc", 3));
	CHECK(!bsync_secret_equal("abc", "abd", 3));
	CHECK(bsync_secret_equal(NULL, NULL, 0));
}

TEST(wiped_key_is_zeros)
{
	struct bsync_key key;
	static const uint8_t zeros[32];

	memset(key.bytes, 7, sizeof(key.bytes));
	bsync_key_wipe(&key);
	CHECK_BYTES(key.bytes, 32, zeros, 32);
}

TEST(box_with_key_opens_with_that_key_and_aad_only)
{
	struct bsync_key key = {{1}};
	struct bsync_key other = {{2}};
	struct bsync_buffer box;
	struct bsync_buffer plain;
	uint8_t next = 0;
	const struct bsync_random random = {counting_fill, &next};

	bsync_buffer_init(&box, 1000);
	bsync_buffer_init(&plain, 1000);
	CHECK_EQ(bsync_box_with_key(&key, text("slot 1"), text("a secret"), &random, &box), BSYNC_OK);
	CHECK_EQ(box.size, 8 + BSYNC_BOX_OVERHEAD);
	CHECK_EQ(bsync_box_open_key(&key, text("slot 1"), bsync_buffer_bytes(&box), &plain), BSYNC_OK);
	CHECK_BYTES(plain.data, plain.size, "a secret", 8);
	CHECK_EQ(bsync_box_open_key(&other, text("slot 1"), bsync_buffer_bytes(&box), &plain), BSYNC_KEY);
	CHECK_EQ(bsync_box_open_key(&key, text("slot 2"), bsync_buffer_bytes(&box), &plain), BSYNC_KEY);
	CHECK_EQ(plain.size, 8);
	bsync_buffer_wipe(&plain);
	bsync_buffer_clear(&box);
}

TEST(box_of_nothing_opens_to_nothing)
{
	struct bsync_key key = {{1}};
	struct bsync_buffer box;
	struct bsync_buffer plain;
	uint8_t next = 0;
	const struct bsync_random random = {counting_fill, &next};

	bsync_buffer_init(&box, 1000);
	bsync_buffer_init(&plain, 0);
	CHECK_EQ(bsync_box_with_key(&key, text(""), text(""), &random, &box), BSYNC_OK);
	CHECK_EQ(bsync_box_open_key(&key, text(""), bsync_buffer_bytes(&box), &plain), BSYNC_OK);
	CHECK_EQ(plain.size, 0);
	bsync_buffer_clear(&plain);
	bsync_buffer_clear(&box);
}

TEST(box_with_any_bit_changed_does_not_open)
{
	struct bsync_key key = {{1}};
	struct bsync_buffer box;
	struct bsync_buffer plain;
	uint8_t next = 0;
	const struct bsync_random random = {counting_fill, &next};

	bsync_buffer_init(&box, 1000);
	bsync_buffer_init(&plain, 1000);
	CHECK_EQ(bsync_box_with_key(&key, text(""), text("a secret"), &random, &box), BSYNC_OK);
	for (size_t i = 0; i < 8 * box.size; i++) {
		box.data[i / 8] ^= (uint8_t)(1 << i % 8);
		enum bsync_result result = bsync_box_open_key(&key, text(""), bsync_buffer_bytes(&box), &plain);
		CHECK(result == BSYNC_KEY || result == BSYNC_MALFORMED);
		box.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t size = 0; size < box.size; size++) {
		enum bsync_result result = bsync_box_open_key(&key, text(""), (struct bsync_bytes){box.data, size},
							      &plain);
		CHECK(result == BSYNC_KEY || result == BSYNC_MALFORMED);
	}
	CHECK_EQ(plain.size, 0);
	bsync_buffer_clear(&plain);
	bsync_buffer_clear(&box);
}

TEST(box_with_passphrase_says_key_when_the_passphrase_is_wrong)
{
	struct bsync_buffer box;
	struct bsync_buffer plain;
	uint8_t next = 0;
	const struct bsync_random random = {counting_fill, &next};

	bsync_buffer_init(&box, 1000);
	bsync_buffer_init(&plain, 1000);
	CHECK_EQ(bsync_box_with_passphrase(text("paard batterij nietje"), text("f"), text("secret"), &random, &box),
		 BSYNC_OK);
	CHECK_EQ(bsync_box_open_passphrase(text("paard batterij"), text("f"), bsync_buffer_bytes(&box), &plain),
		 BSYNC_KEY);
	CHECK_EQ(bsync_box_open_passphrase(text("paard batterij nietje"), text("f"), bsync_buffer_bytes(&box), &plain),
		 BSYNC_OK);
	CHECK_BYTES(plain.data, plain.size, "secret", 6);
	/* A key box is not a passphrase box. */
	CHECK_EQ(bsync_box_open_key(&(struct bsync_key){{0}}, text("f"), bsync_buffer_bytes(&box), &plain),
		 BSYNC_MALFORMED);
	bsync_buffer_clear(&box);
	bsync_buffer_wipe(&plain);
}

TEST(box_that_asks_for_too_little_or_too_much_work_is_refused)
{
	static const struct {
		uint32_t kib, passes;
	} wrong[] = {{19455, 3}, {19456, 1}, {(1 << 20) + 1, 2}, {UINT32_MAX, 2}, {65536, 65}, {65536, UINT32_MAX}};
	uint8_t box[BSYNC_BOX_OVERHEAD] = {'B', 'S', 'B', 'X', 1, 1};
	struct bsync_buffer plain;

	bsync_buffer_init(&plain, 100);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		for (size_t j = 0; j < 4; j++) {
			box[22 + j] = (uint8_t)(wrong[i].kib >> (24 - 8 * j));
			box[26 + j] = (uint8_t)(wrong[i].passes >> (24 - 8 * j));
		}
		CHECK_EQ(bsync_box_open_passphrase(text("p"), text(""), (struct bsync_bytes){box, sizeof(box)}, &plain),
			 BSYNC_MALFORMED);
	}
}

TEST(box_is_not_made_without_randomness)
{
	const struct bsync_random random = {failing_fill, NULL};
	struct bsync_buffer box;

	bsync_buffer_init(&box, 100);
	CHECK_EQ(bsync_box_with_key(&(struct bsync_key){{0}}, text(""), text("x"), &random, &box), BSYNC_RANDOM);
	CHECK_EQ(box.size, 0);
}

TEST(box_larger_than_its_buffer_is_refused)
{
	uint8_t next = 0;
	const struct bsync_random random = {counting_fill, &next};
	struct bsync_buffer box;

	bsync_buffer_init(&box, BSYNC_BOX_OVERHEAD);
	CHECK_EQ(bsync_box_with_key(&(struct bsync_key){{0}}, text(""), text("x"), &random, &box), BSYNC_TOO_LARGE);
}

/* The hash is that of the reference implementation's tests; libsodium's raw interface wants salts of 16 bytes
 * and one lane, so RFC 9106's own case can not be asked of it. */
TEST(argon2id_gives_the_hash_of_the_reference_implementation)
{
	static const char encoded[crypto_pwhash_STRBYTES] = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
							    "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

	CHECK_EQ(crypto_pwhash_str_verify(encoded, "password", 8), 0);
	CHECK_EQ(crypto_pwhash_str_verify(encoded, "passwore", 8), -1);
}
