#include "core/seal.h"

#include <sodium.h>
#include <zstd.h>

#include "core/aead.h"
#include "core/changeset.h"
#include "core/content.h"
#include "tests/support/harness.h"
#include "tests/support/hex.h"

static const struct bsync_digest zeros;
static const uint8_t random32[32] = {0x52};

static struct bsync_bytes text(const char *string)
{
	return bsync_bytes_of_string(string);
}

static struct bsync_seal_context context_of(uint8_t suite)
{
	struct bsync_seal_context context = {.epoch = 3, .suite = suite};

	memset(context.organisation.bytes, 0xa0, BSYNC_ID_SIZE);
	memset(context.device.bytes, 0xa1, BSYNC_ID_SIZE);
	memset(context.author.bytes, 0xa2, BSYNC_ID_SIZE);
	memset(context.line.bytes, 0xa3, BSYNC_ID_SIZE);
	memset(context.secret.bytes, 0xa4, BSYNC_KEY_SIZE);
	return context;
}

/* A sealed changeset with the buffer that holds its body. */
struct sealed_case {
	struct bsync_seal_context context;
	struct bsync_sealed sealed;
	struct bsync_buffer body;
	struct bsync_digest hash;
	struct bsync_buffer plain;
};

static enum bsync_result case_make(struct sealed_case *c, uint8_t suite, struct bsync_bytes plain)
{
	c->context = context_of(suite);
	bsync_buffer_init(&c->body, 16 << 20);
	bsync_buffer_init(&c->plain, BSYNC_CHANGESET_SIZE_MAX);
	enum bsync_result result = bsync_seal(&c->context, 1, &zeros, random32, plain, c->sealed.salt, &c->body,
					      &c->hash);
	c->sealed.body = bsync_buffer_bytes(&c->body);
	return result;
}

static void case_free(struct sealed_case *c)
{
	bsync_buffer_clear(&c->body);
	bsync_buffer_clear(&c->plain);
}

static enum bsync_result case_open(struct sealed_case *c)
{
	bsync_buffer_clear(&c->plain);
	return bsync_unseal(&c->context, 1, &zeros, &c->sealed, &c->plain);
}

/* The GCM specification's case 16, one of NIST's. */
static int gcm_gives_the_bytes_of_the_standard(void)
{
	struct bsync_key key;
	uint8_t nonce[12];
	uint8_t aad[20];
	uint8_t plain[60];
	uint8_t expected[76];
	uint8_t data[76];
	uint8_t out[60];

	hex_decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key.bytes, 32);
	hex_decode("cafebabefacedbaddecaf888", nonce, 12);
	hex_decode("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad, 20);
	hex_decode("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		   "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		   plain, 60);
	hex_decode("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		   "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
		   "76fc6ece0f4e1768cddf8853bb2d551b",
		   expected, 76);
	memcpy(data, plain, 60);
	const struct bsync_bytes aad_bytes = {aad, 20};
	if (bsync_aead_seal(BSYNC_SUITE_AES_256_GCM, &key, nonce, aad_bytes, data, 60) != BSYNC_OK ||
	    memcmp(data, expected, 76) != 0)
		return 0;
	if (bsync_aead_open(BSYNC_SUITE_AES_256_GCM, &key, nonce, aad_bytes, (struct bsync_bytes){data, 76}, out) !=
		    BSYNC_OK ||
	    memcmp(out, plain, 60) != 0)
		return 0;
	data[75] ^= 1;
	return bsync_aead_open(BSYNC_SUITE_AES_256_GCM, &key, nonce, aad_bytes, (struct bsync_bytes){data, 76}, out) ==
	       BSYNC_BAD_SEAL;
}

/* Before libsodium has looked at the processor it offers no AES-256-GCM, as on a machine without AES instructions. */
TEST(gcm_works_without_aes_instructions)
{
	CHECK_EQ(crypto_aead_aes256gcm_is_available(), 0);
	CHECK_EQ(bsync_seal_suite_preferred(), BSYNC_SUITE_CHACHA20_POLY1305);
	CHECK(gcm_gives_the_bytes_of_the_standard());
}

TEST(gcm_works_with_aes_instructions)
{
	CHECK(sodium_init() >= 0);
	if (!crypto_aead_aes256gcm_is_available())
		SKIP("no AES instructions");
	CHECK_EQ(bsync_seal_suite_preferred(), BSYNC_SUITE_AES_256_GCM);
	CHECK(gcm_gives_the_bytes_of_the_standard());
}

/* RFC 8439 section 2.8.2. */
TEST(chacha20_poly1305_gives_the_bytes_of_rfc_8439)
{
	static const char plain[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
				    "only one tip for the future, sunscreen would be it.";
	struct bsync_key key;
	uint8_t nonce[12];
	uint8_t aad[12];
	uint8_t expected[130];
	uint8_t data[130];

	hex_decode("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key.bytes, 32);
	hex_decode("070000004041424344454647", nonce, 12);
	hex_decode("50515253c0c1c2c3c4c5c6c7", aad, 12);
	CHECK_EQ(hex_decode("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
			    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
			    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
			    "3ff4def08e4b7a9de576d26586cec64b6116"
			    "1ae10b594f09e26a7e902ecbd0600691",
			    expected, sizeof(expected)),
		 130);
	memcpy(data, plain, 114);
	CHECK_EQ(bsync_aead_seal(BSYNC_SUITE_CHACHA20_POLY1305, &key, nonce, (struct bsync_bytes){aad, 12}, data, 114),
		 BSYNC_OK);
	CHECK_BYTES(data, 130, expected, 130);
}

TEST(sealed_changeset_opens_to_its_plaintext_at_every_size)
{
	static uint8_t plain[9000];
	static const size_t sizes[] = {0,    1,    11,   26,   27,   28,   59,   60,  500,
				       1018, 1019, 1020, 4096, 8186, 8187, 8188, 9000};

	/* Half of it compresses. */
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i % 2 == 0 ? i * i * 31 >> 3 : 'x');
	for (uint8_t suite = 1; suite <= 2; suite++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct sealed_case c;
			const struct bsync_bytes input = {plain, sizes[i]};

			CHECK_EQ(case_make(&c, suite, input), BSYNC_OK);
			CHECK_EQ(case_open(&c), BSYNC_OK);
			CHECK_BYTES(c.plain.data, c.plain.size, plain, sizes[i]);
			case_free(&c);
		}
	}
}

TEST(bodies_have_the_sizes_of_their_buckets)
{
	static const struct {
		size_t plain, body;
	} expected[] = {{0, 32 + 16},      {27, 32 + 16},     {28, 64 + 16},     {1019, 1024 + 16}, {1020, 1152 + 16},
			{8187, 8192 + 16}, {8188, 9216 + 16}, {9211, 9216 + 16}, {9212, 10240 + 16}};
	static uint8_t plain[16384];

	randombytes_buf_deterministic(plain, sizeof(plain), random32);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct sealed_case c;

		CHECK_EQ(case_make(&c, 2, (struct bsync_bytes){plain, expected[i].plain}), BSYNC_OK);
		CHECK_EQ(c.body.size, expected[i].body);
		case_free(&c);
	}
}

TEST(largest_changeset_seals_and_a_larger_one_does_not)
{
	static uint8_t plain[BSYNC_CHANGESET_SIZE_MAX + 1];
	struct sealed_case c;

	randombytes_buf_deterministic(plain, sizeof(plain), random32);
	CHECK_EQ(case_make(&c, 1, (struct bsync_bytes){plain, BSYNC_CHANGESET_SIZE_MAX}), BSYNC_OK);
	CHECK_EQ(case_open(&c), BSYNC_OK);
	CHECK_BYTES(c.plain.data, c.plain.size, plain, BSYNC_CHANGESET_SIZE_MAX);
	case_free(&c);
	CHECK_EQ(case_make(&c, 1, (struct bsync_bytes){plain, sizeof(plain)}), BSYNC_TOO_LARGE);
	CHECK_EQ(c.body.size, 0);
	case_free(&c);
}

TEST(every_changed_byte_is_refused)
{
	for (uint8_t suite = 1; suite <= 2; suite++) {
		struct sealed_case c;

		CHECK_EQ(case_make(&c, suite, text("de sleutel ligt onder de mat")), BSYNC_OK);
		for (size_t i = 0; i < c.body.size; i++) {
			c.body.data[i] ^= 0x01;
			CHECK_EQ(case_open(&c), BSYNC_BAD_SEAL);
			CHECK_EQ(c.plain.size, 0);
			c.body.data[i] ^= 0x01;
		}
		for (size_t i = 0; i < BSYNC_SEAL_SALT_SIZE; i++) {
			c.sealed.salt[i] ^= 0x80;
			CHECK_EQ(case_open(&c), BSYNC_BAD_SEAL);
			c.sealed.salt[i] ^= 0x80;
		}
		for (size_t size = 0; size < c.body.size; size++) {
			c.sealed.body.size = size;
			CHECK_EQ(case_open(&c), BSYNC_BAD_SEAL);
		}
		case_free(&c);
	}
}

TEST(changeset_opens_only_in_its_own_place)
{
	struct sealed_case c;
	struct bsync_digest other = zeros;

	CHECK_EQ(case_make(&c, 2, text("x")), BSYNC_OK);
	other.bytes[31] = 1;
	CHECK_EQ(bsync_unseal(&c.context, 2, &zeros, &c.sealed, &c.plain), BSYNC_BAD_SEAL);
	CHECK_EQ(bsync_unseal(&c.context, 1, &other, &c.sealed, &c.plain), BSYNC_BAD_SEAL);
#define CHECK_FIELD(field)                                                                      \
	do {                                                                                    \
		struct bsync_seal_context wrong = c.context;                                    \
		((uint8_t *)&wrong.field)[0] ^= 1;                                              \
		CHECK_EQ(bsync_unseal(&wrong, 1, &zeros, &c.sealed, &c.plain), BSYNC_BAD_SEAL); \
	} while (0)
	CHECK_FIELD(organisation);
	CHECK_FIELD(device);
	CHECK_FIELD(author);
	CHECK_FIELD(line);
	CHECK_FIELD(epoch);
	CHECK_FIELD(secret);
#undef CHECK_FIELD
	struct bsync_seal_context wrong = c.context;
	wrong.suite = 1;
	CHECK_EQ(bsync_unseal(&wrong, 1, &zeros, &c.sealed, &c.plain), BSYNC_BAD_SEAL);
	wrong.suite = 3;
	CHECK_EQ(bsync_unseal(&wrong, 1, &zeros, &c.sealed, &c.plain), BSYNC_INVALID);
	CHECK_EQ(c.plain.size, 0);
	case_free(&c);
}

TEST(repeated_randomness_repeats_nothing_but_the_same_content)
{
	struct sealed_case first, same, other;

	CHECK_EQ(case_make(&first, 1, text("twee stoelen")), BSYNC_OK);
	CHECK_EQ(case_make(&same, 1, text("twee stoelen")), BSYNC_OK);
	CHECK_EQ(case_make(&other, 1, text("drie stoelen")), BSYNC_OK);
	CHECK_BYTES(same.body.data, same.body.size, first.body.data, first.body.size);
	CHECK_BYTES(same.sealed.salt, 24, first.sealed.salt, 24);
	CHECK(memcmp(first.sealed.salt, other.sealed.salt, 24) != 0);
	case_free(&first);
	case_free(&same);
	case_free(&other);
}

TEST(other_randomness_gives_other_bytes)
{
	static const uint8_t more[32] = {0x53};
	struct sealed_case c;
	uint8_t salt[24];
	struct bsync_digest hash;

	CHECK_EQ(case_make(&c, 1, text("twee stoelen")), BSYNC_OK);
	CHECK_EQ(bsync_seal(&c.context, 1, &zeros, more, text("twee stoelen"), salt, &c.plain, &hash), BSYNC_OK);
	CHECK(memcmp(salt, c.sealed.salt, 24) != 0);
	CHECK(memcmp(c.plain.data, c.body.data, c.body.size) != 0);
	case_free(&c);
}

TEST(hash_is_computed_without_opening_and_covers_everything)
{
	struct sealed_case c;
	struct bsync_digest hash;

	CHECK_EQ(case_make(&c, 2, text("x")), BSYNC_OK);
	bsync_seal_hash(&c.context, 1, &zeros, &c.sealed, &hash);
	CHECK_BYTES(hash.bytes, 32, c.hash.bytes, 32);
	bsync_seal_hash(&c.context, 2, &zeros, &c.sealed, &hash);
	CHECK(memcmp(hash.bytes, c.hash.bytes, 32) != 0);
	bsync_seal_hash(&c.context, 1, &c.hash, &c.sealed, &hash);
	CHECK(memcmp(hash.bytes, c.hash.bytes, 32) != 0);
	c.body.data[c.body.size - 1] ^= 1;
	bsync_seal_hash(&c.context, 1, &zeros, &c.sealed, &hash);
	CHECK(memcmp(hash.bytes, c.hash.bytes, 32) != 0);
	c.body.data[c.body.size - 1] ^= 1;
	c.sealed.salt[0] ^= 1;
	bsync_seal_hash(&c.context, 1, &zeros, &c.sealed, &hash);
	CHECK(memcmp(hash.bytes, c.hash.bytes, 32) != 0);
	case_free(&c);
}

TEST(scratch_changes_the_cost_and_not_the_bytes)
{
	static char repeated[2000];
	struct bsync_seal_scratch *scratch = NULL;
	struct sealed_case c;
	struct bsync_buffer body;
	uint8_t salt[24];
	struct bsync_digest hash;

	memset(repeated, 'h', sizeof(repeated) - 1);
	bsync_buffer_init(&body, 4000);
	CHECK_EQ(case_make(&c, 2, text(repeated)), BSYNC_OK);
	CHECK(c.body.size < 200);
	CHECK_EQ(bsync_seal_scratch_new((struct bsync_bytes){NULL, 0}, &scratch), BSYNC_OK);
	c.context.scratch = scratch;
	for (int i = 0; i < 3; i++) {
		bsync_buffer_clear(&body);
		CHECK_EQ(bsync_seal(&c.context, 1, &zeros, random32, text(repeated), salt, &body, &hash), BSYNC_OK);
		CHECK_BYTES(body.data, body.size, c.body.data, c.body.size);
		CHECK_EQ(case_open(&c), BSYNC_OK);
		CHECK_BYTES(c.plain.data, c.plain.size, repeated, strlen(repeated));
	}
	bsync_buffer_clear(&body);
	bsync_seal_scratch_free(scratch);
	case_free(&c);
}

TEST(dictionary_shrinks_and_is_needed_to_open)
{
	static const char words[] = "betrokkenheid ondersteuning doelbinding medewerker huishouden afspraak";
	static const char more[] = "huishouden afspraak medewerker betrokkenheid ondersteuning medewerker afspraak";
	struct bsync_seal_context context = context_of(2);
	struct bsync_sealed sealed;
	struct bsync_buffer without, body, plain;
	struct bsync_digest hash;

	bsync_buffer_init(&without, 1000);
	bsync_buffer_init(&body, 1000);
	bsync_buffer_init(&plain, 1000);
	CHECK_EQ(bsync_seal(&context, 1, &zeros, random32, text(more), sealed.salt, &without, &hash), BSYNC_OK);
	context.dictionary = text(words);
	CHECK_EQ(bsync_seal(&context, 1, &zeros, random32, text(more), sealed.salt, &body, &hash), BSYNC_OK);
	CHECK(body.size < without.size);
	sealed.body = bsync_buffer_bytes(&body);
	CHECK_EQ(bsync_unseal(&context, 1, &zeros, &sealed, &plain), BSYNC_OK);
	CHECK_BYTES(plain.data, plain.size, more, strlen(more));
	bsync_buffer_clear(&plain);
	context.dictionary = (struct bsync_bytes){NULL, 0};
	CHECK_EQ(bsync_unseal(&context, 1, &zeros, &sealed, &plain), BSYNC_NOT_FOUND);
	/* Of the same size, so that it decodes to something, but not to the same. */
	context.dictionary = text("BETROKKENHEID ONDERSTEUNING DOELBINDING MEDEWERKER HUISHOUDEN AFSPRAAK");
	CHECK_EQ(bsync_unseal(&context, 1, &zeros, &sealed, &plain), BSYNC_MALFORMED);
	CHECK_EQ(plain.size, 0);
	bsync_buffer_clear(&without);
	bsync_buffer_clear(&body);
	bsync_buffer_clear(&plain);
}

TEST(a_changeset_that_does_not_compress_spoils_no_later_one)
{
	static const char words[] = "betrokkenheid ondersteuning doelbinding medewerker huishouden afspraak";
	struct bsync_seal_context context = context_of(2);
	struct bsync_sealed sealed;
	struct bsync_buffer body, plain;
	struct bsync_digest hash;
	uint8_t noise[256];

	/* No four bytes of it occur twice. */
	for (int i = 0; i < 256; i++)
		noise[i] = (uint8_t)(i * 167 + (i >> 3) * 91);
	bsync_buffer_init(&body, 1000);
	bsync_buffer_init(&plain, 1000);
	CHECK_EQ(bsync_seal_scratch_new(text(words), &context.scratch), BSYNC_OK);
	context.dictionary = text(words);
	for (size_t size = 64; size <= sizeof(noise); size++) {
		bsync_buffer_clear(&body);
		bsync_buffer_clear(&plain);
		CHECK_EQ(bsync_seal(&context, 1, &zeros, random32, (struct bsync_bytes){noise, size}, sealed.salt,
				    &body, &hash),
			 BSYNC_OK);
		sealed.body = bsync_buffer_bytes(&body);
		CHECK_EQ(bsync_unseal(&context, 1, &zeros, &sealed, &plain), BSYNC_OK);
		CHECK_BYTES(plain.data, plain.size, noise, size);
	}
	bsync_seal_scratch_free(context.scratch);
	bsync_buffer_clear(&body);
	bsync_buffer_clear(&plain);
}

/* Reads a padded content that a hostile but enrolled device has sealed. */
static enum bsync_result read_padded(const uint8_t *padded, size_t size, struct bsync_buffer *plain)
{
	struct bsync_seal_scratch *scratch = NULL;
	enum bsync_result result = bsync_seal_scratch_new((struct bsync_bytes){NULL, 0}, &scratch);

	if (result == BSYNC_OK)
		result = bsync_content_read(scratch, (struct bsync_bytes){padded, size}, plain);
	bsync_seal_scratch_free(scratch);
	return result;
}

TEST(content_has_one_canonical_padding)
{
	uint8_t padded[64] = {0, 0, 0, 0, 3, 'a', 'b', 'c'};
	struct bsync_buffer plain;

	bsync_buffer_init(&plain, 100);
	CHECK_EQ(read_padded(padded, 32, &plain), BSYNC_OK);
	CHECK_BYTES(plain.data, plain.size, "abc", 3);
	CHECK_EQ(read_padded(padded, 64, &plain), BSYNC_MALFORMED);
	CHECK_EQ(read_padded(padded, 31, &plain), BSYNC_MALFORMED);
	CHECK_EQ(read_padded(padded, 4, &plain), BSYNC_MALFORMED);
	padded[31] = 1;
	CHECK_EQ(read_padded(padded, 32, &plain), BSYNC_MALFORMED);
	padded[31] = 0;
	padded[0] = 3;
	CHECK_EQ(read_padded(padded, 32, &plain), BSYNC_MALFORMED);
	padded[0] = 0;
	padded[1] = 0xff;
	CHECK_EQ(read_padded(padded, 32, &plain), BSYNC_MALFORMED);
	bsync_buffer_clear(&plain);
}

/* Puts a zstd frame into the padded form; returns its size. */
static size_t pad_frame(const uint8_t *frame, size_t size, uint8_t *padded)
{
	size_t total = (5 + size + 31) / 32 * 32;

	memset(padded, 0, total);
	padded[0] = 1;
	padded[3] = (uint8_t)(size >> 8);
	padded[4] = (uint8_t)size;
	memcpy(padded + 5, frame, size);
	return total;
}

TEST(declared_size_is_judged_before_memory_is_taken)
{
	/* A frame header that declares 8 MiB and one byte, and one that declares nearly 2^64; no blocks. */
	static const uint8_t over[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x01, 0x00, 0x80, 0x00};
	static const uint8_t huge[] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t padded[1024];
	struct bsync_buffer plain;

	bsync_buffer_init(&plain, SIZE_MAX);
	CHECK_EQ(read_padded(padded, pad_frame(over, sizeof(over), padded), &plain), BSYNC_TOO_LARGE);
	CHECK_EQ(read_padded(padded, pad_frame(huge, sizeof(huge), padded), &plain), BSYNC_TOO_LARGE);
	CHECK_EQ(plain.capacity, 0);
}

TEST(frames_without_size_or_with_something_behind_them_are_refused)
{
	static const char input[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	uint8_t frame[256];
	uint8_t padded[1024];
	struct bsync_buffer plain;
	ZSTD_CCtx *compressor = ZSTD_createCCtx();

	bsync_buffer_init(&plain, 1000);
	size_t size = ZSTD_compressCCtx(compressor, frame, sizeof(frame), input, strlen(input), 1);
	CHECK_EQ(read_padded(padded, pad_frame(frame, size, padded), &plain), BSYNC_OK);
	bsync_buffer_clear(&plain);
	CHECK_EQ(read_padded(padded, pad_frame(frame, size + 1, padded), &plain), BSYNC_MALFORMED);
	CHECK_EQ(read_padded(padded, pad_frame(frame, size - 1, padded), &plain), BSYNC_MALFORMED);
	ZSTD_CCtx_setParameter(compressor, ZSTD_c_contentSizeFlag, 0);
	size = ZSTD_compress2(compressor, frame, sizeof(frame), input, strlen(input));
	CHECK_EQ(read_padded(padded, pad_frame(frame, size, padded), &plain), BSYNC_MALFORMED);
	CHECK_EQ(plain.size, 0);
	ZSTD_freeCCtx(compressor);
}

TEST(body_larger_than_any_changeset_is_refused_unread)
{
	struct sealed_case c;
	uint8_t *large = calloc(1, BSYNC_AEAD_SIZE_MAX + 17);

	CHECK_EQ(case_make(&c, 2, text("x")), BSYNC_OK);
	c.sealed.body = (struct bsync_bytes){large, BSYNC_AEAD_SIZE_MAX + 17};
	CHECK_EQ(case_open(&c), BSYNC_TOO_LARGE);
	free(large);
	case_free(&c);
}

TEST(body_that_does_not_fit_its_buffer_is_refused)
{
	struct bsync_seal_context context = context_of(2);
	struct bsync_buffer body;
	struct bsync_digest hash;
	uint8_t salt[24];

	bsync_buffer_init(&body, 47);
	CHECK_EQ(bsync_seal(&context, 1, &zeros, random32, text("x"), salt, &body, &hash), BSYNC_TOO_LARGE);
	CHECK_EQ(body.size, 0);
}
