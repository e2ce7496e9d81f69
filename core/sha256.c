#include "core/sha256.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#if defined(__x86_64__) && (defined(__SHA__) || (defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11))
#define SHA256_X86 1
#include <immintrin.h>
#else
#define SHA256_X86 0
#endif

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/sha256.h>

/* FIPS 180-4 section 5.3.3. */
static const uint32_t initial_words[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#if SHA256_X86

/* FIPS 180-4 section 4.2.2. */
static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The instructions keep the eight words as A B E F and C D G H. */
__attribute__((target("sha,sse4.1,ssse3"))) static void compress_x86(uint32_t words[8], const uint8_t *data,
								     size_t count)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i first = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)words), 0xB1);
	__m128i second = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(words + 4)), 0x1B);
	__m128i abef = _mm_alignr_epi8(first, second, 8);
	__m128i cdgh = _mm_blend_epi16(second, first, 0xF0);

	for (; count != 0; count--, data += BSYNC_SHA256_BLOCK_SIZE) {
		const __m128i abef_before = abef;
		const __m128i cdgh_before = cdgh;
		__m128i message[4];
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			__m128i *next = &message[i & 3];

			if (i < 4) {
				*next = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
				*next = _mm_shuffle_epi8(*next, swap);
			} else {
				const __m128i last = message[(i + 3) & 3];
				const __m128i seventh = _mm_alignr_epi8(last, message[(i + 2) & 3], 4);
				*next = _mm_sha256msg1_epu32(*next, message[(i + 1) & 3]);
				*next = _mm_sha256msg2_epu32(_mm_add_epi32(*next, seventh), last);
			}
			__m128i round = _mm_load_si128((const __m128i *)(const void *)(round_constants + 4 * i));
			round = _mm_add_epi32(round, *next);
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, round);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(round, 0x0E));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	first = _mm_shuffle_epi32(abef, 0x1B);
	second = _mm_shuffle_epi32(cdgh, 0xB1);
	_mm_storeu_si128((__m128i *)(void *)words, _mm_blend_epi16(first, second, 0xF0));
	_mm_storeu_si128((__m128i *)(void *)(words + 4), _mm_alignr_epi8(second, first, 8));
}

static bool has_sha_instructions(void)
{
#if defined(__SHA__)
	return true;
#else
	return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1");
#endif
}

#endif

static void compress_portable(uint32_t words[8], const uint8_t *data, size_t count)
{
	mbedtls_sha256_context context;

	mbedtls_sha256_init(&context);
	memcpy(context.state, words, sizeof(context.state));
	for (; count != 0; count--, data += BSYNC_SHA256_BLOCK_SIZE)
		(void)mbedtls_internal_sha256_process(&context, data);
	memcpy(words, context.state, sizeof(context.state));
	mbedtls_sha256_free(&context);
}

static void compress(uint32_t words[8], const uint8_t *data, size_t count)
{
#if SHA256_X86
	if (has_sha_instructions()) {
		compress_x86(words, data, count);
		return;
	}
#endif
	compress_portable(words, data, count);
}

void bsync_sha256_begin(struct bsync_sha256_state *state)
{
	memcpy(state->words, initial_words, sizeof(state->words));
	state->size = 0;
}

void bsync_sha256_add(struct bsync_sha256_state *state, struct bsync_bytes input)
{
	size_t used = (size_t)(state->size % BSYNC_SHA256_BLOCK_SIZE);

	assert(input.size == 0 || input.data != NULL);
	if (input.size == 0)
		return;
	state->size += input.size;
	if (used != 0) {
		size_t room = BSYNC_SHA256_BLOCK_SIZE - used;

		if (input.size < room) {
			memcpy(state->block + used, input.data, input.size);
			return;
		}
		memcpy(state->block + used, input.data, room);
		compress(state->words, state->block, 1);
		input.data += room;
		input.size -= room;
	}
	compress(state->words, input.data, input.size / BSYNC_SHA256_BLOCK_SIZE);
	used = input.size % BSYNC_SHA256_BLOCK_SIZE;
	memcpy(state->block, input.data + (input.size - used), used);
}

static void store_be(uint8_t *out, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

void bsync_sha256_end(struct bsync_sha256_state *state, uint8_t out[BSYNC_DIGEST_SIZE])
{
	size_t used = (size_t)(state->size % BSYNC_SHA256_BLOCK_SIZE);

	state->block[used++] = 0x80;
	if (used > BSYNC_SHA256_BLOCK_SIZE - 8) {
		memset(state->block + used, 0, BSYNC_SHA256_BLOCK_SIZE - used);
		compress(state->words, state->block, 1);
		used = 0;
	}
	memset(state->block + used, 0, BSYNC_SHA256_BLOCK_SIZE - 8 - used);
	store_be(state->block + BSYNC_SHA256_BLOCK_SIZE - 8, state->size * 8, 8);
	compress(state->words, state->block, 1);
	for (size_t i = 0; i < 8; i++)
		store_be(out + 4 * i, state->words[i], 4);
	sodium_memzero(state, sizeof(*state));
}

void bsync_hmac_begin(struct bsync_hmac_state *state, struct bsync_bytes key)
{
	uint8_t pad[BSYNC_SHA256_BLOCK_SIZE] = {0};
	const struct bsync_bytes block = {pad, sizeof(pad)};

	assert(key.size == 0 || key.data != NULL);
	bsync_sha256_begin(&state->inner);
	bsync_sha256_begin(&state->outer);
	if (key.size > sizeof(pad)) {
		struct bsync_sha256_state hash;

		bsync_sha256_begin(&hash);
		bsync_sha256_add(&hash, key);
		bsync_sha256_end(&hash, pad);
	} else if (key.size != 0) {
		memcpy(pad, key.data, key.size);
	}
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36;
	bsync_sha256_add(&state->inner, block);
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	bsync_sha256_add(&state->outer, block);
	sodium_memzero(pad, sizeof(pad));
}

void bsync_hmac_add(struct bsync_hmac_state *state, struct bsync_bytes input)
{
	bsync_sha256_add(&state->inner, input);
}

void bsync_hmac_end(struct bsync_hmac_state *state, uint8_t out[BSYNC_DIGEST_SIZE])
{
	uint8_t inner[BSYNC_DIGEST_SIZE];

	bsync_sha256_end(&state->inner, inner);
	bsync_sha256_add(&state->outer, (struct bsync_bytes){inner, sizeof(inner)});
	bsync_sha256_end(&state->outer, out);
	sodium_memzero(inner, sizeof(inner));
}
